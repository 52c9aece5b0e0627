import type { ServerResponse } from "node:http";

/** Node's own: an application may have replaced it, and then has its reasons. */
const { Response: NodeResponse } = globalThis;

type Body = ConstructorParameters<typeof Response>[0];
type Known = string | ArrayBuffer | NodeJS.ArrayBufferView<ArrayBuffer>;
type OfBody =
  | ("body" | "bodyUsed" | "clone")
  | ("arrayBuffer" | "blob" | "bytes" | "formData" | "json" | "text");

/** Node's without what reads a body: TypeScript lets no class replace a property by a method. */
const Bodiless: new (body: null, init?: ResponseInit) => Omit<Response, OfBody> = NodeResponse;

/** What srvx's sendNodeResponse takes from a response that has this method, instead of its stream. */
interface Prepared {
  readonly status: number;
  readonly statusText: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
  readonly body: Parameters<ServerResponse["write"]>[0] | ReadableStream;
}

/** Statuses whose responses have no body (Fetch, section 2.2.3). */
const WITHOUT_BODY: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);
const TEXT = "text/plain;charset=UTF-8";

/**
 * One of Node's responses, of text or bytes. Node makes a stream for each body, which costs more than the rest of
 * the response, and then its length is unknown. This one makes the stream only where it is asked for.
 */
class KnownResponse extends Bodiless {
  readonly #content: string | Uint8Array<ArrayBuffer>;
  /** One of Node's with the same body, once its stream was asked for. */
  #streamed: Response | undefined;
  #sent = false;

  constructor(body: Known, init?: ResponseInit) {
    super(null, init);
    // For its error.
    if (WITHOUT_BODY.has(this.status)) new NodeResponse(body, init);
    this.#content = typeof body === "string" ? body : copyOf(body);
    if (typeof body === "string" && !this.headers.has("content-type")) {
      this.headers.set("content-type", TEXT);
    }
  }

  /** @throws TypeError if its body was read or sent before, as that of Node's */
  _toNodeResponse(): Prepared {
    if (this.bodyUsed) throw new TypeError("the body of this Response was read or sent already");
    const { status, statusText } = this;
    const headers = [...this.headers].flat();
    if (this.#streamed) return { status, statusText, headers, body: this.#streamed.body ?? "" };
    this.#sent = true;
    // RFC 9112, 6.2: no length beside a Transfer-Encoding, which an application takes over from what it fetched.
    if (!this.headers.has("content-length") && !this.headers.has("transfer-encoding")) {
      headers.push("content-length", String(Buffer.byteLength(this.#content)));
    }
    return { status, statusText, headers, body: this.#content };
  }

  get #whole(): Response {
    if (!this.#streamed) {
      this.#streamed = new NodeResponse(this.#content, this);
      if (this.#sent) void this.#streamed.body?.cancel();
    }
    return this.#streamed;
  }

  get body() {
    return this.#whole.body;
  }

  get bodyUsed() {
    return this.#streamed?.bodyUsed ?? this.#sent;
  }

  arrayBuffer() {
    return this.#whole.arrayBuffer();
  }

  blob() {
    return this.#whole.blob();
  }

  bytes() {
    return this.#whole.bytes();
  }

  clone() {
    return this.#whole.clone();
  }

  formData() {
    return this.#whole.formData();
  }

  json() {
    return this.#whole.json();
  }

  text() {
    return this.#whole.text();
  }
}

/** As Node's, it has what the bytes were when it was made. */
function copyOf(body: Exclude<Known, string>): Uint8Array<ArrayBuffer> {
  if (body instanceof ArrayBuffer) return new Uint8Array(body.slice());
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
}

function isKnown(body: Body): body is Known {
  if (typeof body === "string" || body instanceof ArrayBuffer) return true;
  // Node's refuses shared memory.
  return ArrayBuffer.isView(body) && body.buffer instanceof ArrayBuffer;
}

function json(data: unknown, init?: ResponseInit): Response {
  const text = JSON.stringify(data);
  // For its error.
  if (text === undefined) return NodeResponse.json(data, init);
  const headers = new Headers(init?.headers);
  if (!headers.has("content-type")) headers.set("content-type", "application/json");
  const { status = 200, statusText = "" } = init ?? {};
  return new KnownResponse(text, { status, statusText, headers });
}

/** Node's class, but for what it makes of text and bytes. A class that extends it makes Node's. */
const ApplicationResponse: typeof Response = new Proxy(NodeResponse, {
  construct(target, args: ConstructorParameters<typeof Response>, newTarget) {
    const [body, init] = args;
    if (newTarget === ApplicationResponse && isKnown(body)) return new KnownResponse(body, init);
    return Reflect.construct(target, args, newTarget === ApplicationResponse ? target : newTarget);
  },
  get: (target, name) => (name === "json" ? json : Reflect.get(target, name)),
});

/** Replaces the global Response. What is an instance of the one is an instance of the other. */
export function useFastResponse(): void {
  if (globalThis.Response === NodeResponse) {
    Object.assign(globalThis, { Response: ApplicationResponse });
  }
}

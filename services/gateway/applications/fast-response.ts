import { FastResponse } from "srvx/node";

/** Node's own: an application may have replaced it, and then has its reasons. */
const { Response: NodeResponse } = globalThis;

/** Statuses whose responses have no body (Fetch, section 2.2.3). */
const WITHOUT_BODY: ReadonlySet<number | undefined> = new Set([101, 103, 204, 205, 304]);

type Prepared = ReturnType<InstanceType<typeof FastResponse>["_toNodeResponse"]>;
type Arguments = ConstructorParameters<typeof FastResponse>;

/**
 * A Response that becomes one of Node's only where its stream or its headers are asked for: text
 * leaves in one write, with its length, for about half of the time.
 */
class ApplicationResponse extends FastResponse {
  /** What was sent of it: the fast one forgets that, and would send 200 without a body. */
  #sent: Prepared | undefined;

  constructor(...[body, init]: Arguments) {
    // Node's refuses such a body, where the fast one would send it.
    if (body != null && WITHOUT_BODY.has(init?.status)) new NodeResponse("", init);
    super(bytesOf(body), init && copyOf(init));
  }

  static {
    // Not as a method: srvx declares a property, which TypeScript lets none override.
    const { _toNodeResponse: prepare } = FastResponse.prototype;
    Object.defineProperty(ApplicationResponse.prototype, "_toNodeResponse", {
      value(this: ApplicationResponse): Prepared {
        const before = this.#sent;
        // Node's own can be sent again where it has no body.
        if (before?.body != null) throw new TypeError("the body of this Response was sent already");
        const prepared: Prepared = before ?? prepare.call(this);
        this.#sent = prepared;
        return prepared;
      },
    });
  }

  static override json(...[data, init]: Parameters<typeof FastResponse.json>) {
    return FastResponse.json(data, init && copyOf(init));
  }
}

/** As Node's, it has what its arguments were when it was made: they may be changed, or used again. */
function copyOf({ status, statusText, headers }: ResponseInit): ResponseInit {
  const copy: { -readonly [Name in keyof ResponseInit]: ResponseInit[Name] } = {};
  if (status !== undefined) copy.status = status;
  if (statusText !== undefined) copy.statusText = statusText;
  if (headers instanceof Headers) copy.headers = new Headers(headers);
  else if (Array.isArray(headers)) copy.headers = headers.map(([name, value]) => [name, value]);
  else if (headers !== undefined) copy.headers = { ...headers };
  return copy;
}

function bytesOf(body: Arguments[0]): Arguments[0] {
  if (body instanceof ArrayBuffer) return body.slice();
  if (!ArrayBuffer.isView(body)) return body;
  return new Uint8Array(body.buffer, body.byteOffset, body.byteLength).slice();
}

const isParent = Object.prototype.isPrototypeOf;

Object.defineProperty(ApplicationResponse, Symbol.hasInstance, {
  value(this: { readonly prototype: object }, value: unknown): boolean {
    if (this === ApplicationResponse) return value instanceof NodeResponse;
    // A class that an application made of it.
    return isParent.call(this.prototype, value as object);
  },
});

/**
 * Replaces the global Response. Those of Node's and of this class are instances of either, and a
 * class that extended Response before is as it was.
 */
export function useFastResponse(): void {
  if (globalThis.Response === NodeResponse) {
    Object.assign(globalThis, { Response: ApplicationResponse });
  }
}

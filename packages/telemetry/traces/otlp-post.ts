import { Agent as HttpAgent, type IncomingMessage, request as requestHttp } from "node:http";
import { Agent as HttpsAgent, request as requestHttps } from "node:https";

/** What became of one request to the collector. */
export type Outcome =
  | { readonly result: "accepted"; readonly rejected: number; readonly reason: string }
  | { readonly result: "refused"; readonly reason: string }
  /** `after`: milliseconds that the collector wants to be left alone; undefined where it says nothing. */
  | { readonly result: "again"; readonly reason: string; readonly after: number | undefined };

/** Statuses after which a client may send the same once more (OTLP, "Retryable Response Codes"). */
const RETRYABLE: ReadonlySet<number> = new Set([429, 502, 503, 504]);
/** Bytes of a response that are read; the rest says nothing to us. */
const LONGEST_RESPONSE = 16 * 1024;
const LONGEST_REASON = 200;

/** Sends batches to one collector over one connection, which keeps no process from ending. */
export class OtlpPost {
  readonly #url: URL;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #agent: HttpAgent;
  readonly #deadline: number;

  /** @param endpoint as in OTEL_EXPORTER_OTLP_ENDPOINT; @param deadline milliseconds of one request */
  constructor(endpoint: string, headers: Readonly<Record<string, string>>, deadline: number) {
    this.#url = new URL(`${endpoint.replace(/\/$/, "")}/v1/traces`);
    this.#headers = headers;
    this.#deadline = deadline;
    const Agent = this.#url.protocol === "https:" ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({ keepAlive: true, maxSockets: 1 });
  }

  /** @param signal ends it early */
  send(body: string, signal: AbortSignal): Promise<Outcome> {
    const { promise, resolve } = Promise.withResolvers<Outcome>();
    const again = (error: Error) =>
      resolve({ result: "again", reason: error.message, after: undefined });
    const send = this.#url.protocol === "https:" ? requestHttps : requestHttp;
    const sent = send(this.#url, {
      method: "POST",
      agent: this.#agent,
      signal,
      headers: {
        ...this.#headers,
        "content-type": "application/json",
        "content-length": Buffer.byteLength(body),
        "user-agent": "gatehouse",
      },
    });
    const late = setTimeout(() => {
      sent.destroy(new Error(`no response within ${this.#deadline} ms`));
    }, this.#deadline).unref();
    sent
      .on("socket", (socket) => socket.unref())
      .on("error", again)
      .on("close", () => clearTimeout(late))
      .on("response", (response) => {
        textOf(response).then((text) => resolve(outcomeOf(response, text)), again);
      })
      .end(body);
    return promise;
  }

  close(): void {
    this.#agent.destroy();
  }
}

function outcomeOf({ statusCode = 0, headers }: IncomingMessage, text: string): Outcome {
  if (statusCode >= 200 && statusCode < 300) return accepted(text);
  const reason = `${statusCode} ${text.slice(0, LONGEST_REASON)}`.trim();
  if (!RETRYABLE.has(statusCode)) return { result: "refused", reason };
  return { result: "again", reason, after: retryAfter(headers["retry-after"]) };
}

/** A partial success names what was refused: that must not be sent again. */
function accepted(text: string): Outcome {
  let rejected = 0;
  let reason = "";
  try {
    const { partialSuccess } = JSON.parse(text);
    // An int64, which JSON has as a string.
    rejected = Number(partialSuccess?.rejectedSpans ?? 0) || 0;
    reason = String(partialSuccess?.errorMessage ?? "").slice(0, LONGEST_REASON);
  } catch {
    // Without a body, or one that is no JSON: the status is what counts.
  }
  return { result: "accepted", rejected, reason };
}

/** Seconds or a date (RFC 9110, section 10.2.3), in milliseconds from now. */
function retryAfter(field: string | undefined): number | undefined {
  if (field === undefined) return undefined;
  const after = /^\d+$/.test(field) ? Number(field) * 1000 : Date.parse(field) - Date.now();
  return Number.isNaN(after) ? undefined : Math.max(0, after);
}

async function textOf(response: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of response) {
    if (length < LONGEST_RESPONSE) pieces.push(piece);
    length += piece.length;
  }
  return Buffer.concat(pieces).toString();
}

import { fieldValue, withoutFields } from "@gatehouse/http";
import type { Logger } from "@gatehouse/telemetry";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { ResponseSink, ResponseSource } from "../exchange/response-sink.ts";
import type { ApplicationHead } from "./file-response.ts";
import type { Files } from "./files.ts";

/** The field by which an application has a file sent; nginx's name for it. */
const REDIRECT = "x-accel-redirect";
const REDIRECT_ONLY: ReadonlySet<string> = new Set([REDIRECT]);

/** The fields that describe the application's own body, which the file replaces. */
const OF_THE_BODY: ReadonlySet<string> = new Set(
  `x-accel-redirect accept-ranges content-digest content-encoding content-length content-md5
   content-range etag last-modified`.split(/\s+/),
);

/** The files that no client can request, but the application can have sent. */
export class ProtectedFiles {
  readonly #mounts: readonly Files[];
  readonly #logger: Logger;

  constructor(mounts: readonly Files[], logger: Logger) {
    this.#mounts = mounts;
    this.#logger = logger;
  }

  /** Whether a client requests such a file itself: for clients there is none. */
  hides(target: string): boolean {
    return this.#mounts.some(({ prefix }) => target.startsWith(prefix));
  }

  /**
   * Sends the file that a response of the application names.
   * @param named the value of X-Accel-Redirect: a path below the prefix of an internal mount
   * @throws EdgeError 404 where there is no such file, 500 where it lies in no internal mount
   */
  async send(exchange: Exchange, named: string, fields: readonly string[], timing: string) {
    const mount = this.#mounts.find(({ prefix }) => named.startsWith(prefix));
    try {
      if (mount === undefined) {
        throw new EdgeError("bad-redirect", 500, "The application named a file of no mount.");
      }
      await mount.send(exchange, named, applicationHead(fields, timing));
    } catch (error) {
      this.#logger.warn("protected file not sent", {
        request_id: exchange.requestId,
        named,
        reason: String(error),
      });
      throw error;
    }
  }
}

function applicationHead(fields: readonly string[], timing: string): ApplicationHead {
  const names = new Set<string>();
  const describing: string[] = [];
  const others: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const key = name.toLowerCase();
    if (OF_THE_BODY.has(key)) continue;
    names.add(key);
    (key.startsWith("content-") ? describing : others).push(name, fields[index + 1] ?? "");
  }
  // A protected file must not stay in shared caches, unless the application says so.
  if (!names.has("cache-control")) others.push("Cache-Control", "private, no-cache");
  if (!names.has("x-content-type-options")) others.push("X-Content-Type-Options", "nosniff");
  return { fields: others, describing, timing };
}

/** Once the file is sent in its place, nothing slows or aborts the application's response. */
const NO_SOURCE: ResponseSource = { resume() {}, abort() {}, setAside() {} };

/** Bytes of a replaced body that are read, so that its connection can be kept. */
const MOST_DISCARDED = 64 * 1024;

/**
 * Stands between the application's response and the exchange. Where the head of the response names a
 * protected file, the file is sent instead, and the response's own body is discarded.
 */
export class ProtectedFileSink implements ResponseSink {
  readonly #exchange: Exchange;
  readonly #files: ProtectedFiles;
  readonly #failed: (error: unknown) => void;
  #source = NO_SOURCE;
  #replaced = false;
  #discarded = 0;

  constructor(exchange: Exchange, files: ProtectedFiles, failed: (error: unknown) => void) {
    this.#exchange = exchange;
    this.#files = files;
    this.#failed = failed;
  }

  attach(source: ResponseSource): void {
    this.#source = source;
    this.#exchange.attach(source);
  }

  interim(status: number, fields: readonly string[]): void {
    this.#exchange.interim(status, fields);
  }

  head(status: number, fields: readonly string[], timing: string): void {
    const named = fieldValue(REDIRECT, fields);
    if (named === undefined) {
      this.#exchange.head(status, fields, timing);
    } else if (status !== 200) {
      // An error stays an error; but clients must not learn where files lie.
      this.#exchange.head(status, withoutFields(fields, REDIRECT_ONLY), timing);
    } else {
      this.#replaced = true;
      this.#exchange.attach(NO_SOURCE);
      this.#exchange.servedBy = "files";
      this.#files.send(this.#exchange, named, fields, timing).catch(this.#failed);
    }
  }

  data(chunk: Buffer): boolean {
    if (!this.#replaced) return this.#exchange.data(chunk);
    this.#discarded += chunk.length;
    if (this.#discarded > MOST_DISCARDED) this.#source.abort();
    return true;
  }

  end(trailers: readonly string[]): void {
    if (!this.#replaced) this.#exchange.end(trailers);
  }

  fail(cause: Error): void {
    if (!this.#replaced) this.#exchange.fail(cause);
  }
}

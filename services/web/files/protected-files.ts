import type { Logger } from "@gatehouse/telemetry";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Wrapping } from "./file-answer.ts";
import type { Files } from "./files.ts";

/** The field by which an application has a file sent; nginx's name for it. */
const REDIRECT = "x-accel-redirect";

/** What the application said of its own body, which the file takes the place of. */
const OF_THE_BODY = new Set([
  REDIRECT,
  "accept-ranges",
  "content-digest",
  "content-encoding",
  "content-length",
  "content-md5",
  "content-range",
  "etag",
  "last-modified",
]);

/** The files that nobody may ask for, but the application may have sent to whom it likes. */
export class ProtectedFiles {
  readonly #mounts: readonly Files[];
  readonly #logger: Logger;

  constructor(mounts: readonly Files[], logger: Logger) {
    this.#mounts = mounts;
    this.#logger = logger;
  }

  /** Whether a client asks for such a file itself: to it, there is none. */
  hides(target: string): boolean {
    return this.#mounts.some(({ prefix }) => target.startsWith(prefix));
  }

  /**
   * Answers with the file that an answer of the application names.
   * @param named what X-Accel-Redirect says: a path below the prefix of an internal mount
   * @throws EdgeError 404 where there is no such file, 500 where it lies in no internal mount
   */
  async send(exchange: Exchange, named: string, fields: readonly string[], timing: string) {
    const mount = this.#mounts.find(({ prefix }) => named.startsWith(prefix));
    try {
      if (mount === undefined) {
        throw new EdgeError("bad-redirect", 500, "The application named a file of no mount.");
      }
      await mount.send(exchange, named, wrappingOf(fields, timing));
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

/** The value of X-Accel-Redirect in a flat list of fields. */
export function redirectOf(fields: readonly string[]): string | undefined {
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    if (name.length === REDIRECT.length && name.toLowerCase() === REDIRECT)
      return fields[index + 1];
  }
  return undefined;
}

/** The fields of an answer without what has them send a file. */
export function withoutRedirect(fields: readonly string[]): string[] {
  return fields.filter((_, at) => fields[at - (at % 2)]?.toLowerCase() !== REDIRECT);
}

function wrappingOf(fields: readonly string[], timing: string): Wrapping {
  const said = new Set<string>();
  const describing: string[] = [];
  const others: string[] = [];
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const key = name.toLowerCase();
    if (OF_THE_BODY.has(key)) continue;
    said.add(key);
    (key.startsWith("content-") ? describing : others).push(name, fields[index + 1] ?? "");
  }
  // What only some may see must not stay where others find it, unless the application says so.
  if (!said.has("cache-control")) others.push("Cache-Control", "private, no-cache");
  if (!said.has("x-content-type-options")) others.push("X-Content-Type-Options", "nosniff");
  return { fields: others, describing, timing };
}

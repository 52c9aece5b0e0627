import type { Page } from "./relay.ts";

/** Why an application did not start, as its developer should see it. */
export interface BootFailure {
  readonly reason: string;
  /** The file and line, "services/app/gateway.ts:12"; undefined if they are not known. */
  readonly place: string | undefined;
}

/** A load of the application begins. */
const BEGINS = /^(gateway starts|reload begins)$/;
/** The gateway's messages about an application that does not start: all have the same reason. */
const ABOUT_IT =
  /^(the application did not start|worker died|reload aborted|signal without effect)/;

/** The last line of a worker that did not start, on standard error. */
const LAST_LINE = "boot failed: ";

/** Reads the gateway's lines. Those about an application that does not start say one thing many times. */
export class BootLog {
  readonly #root: string;
  #reason: string | undefined;
  #loading = false;

  /** @param root the clone: paths are shown relative to it */
  constructor(root: string) {
    this.#root = root;
  }

  /** Why the application did not start, when it was loaded last; undefined if no line said so. */
  get failure(): BootFailure | undefined {
    const reason = this.#reason;
    if (reason === undefined) return undefined;
    const plain = reason.replaceAll("file://", "").replaceAll(`${this.#root}/`, "");
    const place = plain.split(/[\s()]/).find((word) => /\.[cm]?[jt]sx?:\d+$/.test(word));
    return { reason: plain, place };
  }

  /** Reads a line. @returns whether the failure says all that is in it */
  read(line: string): boolean {
    if (this.#loading && line.startsWith(LAST_LINE)) return true;
    const { message = "", tier, reason, cause, code, from, to } = fieldsOf(line);
    if (tier !== "gateway") return false;
    if (BEGINS.test(message)) {
      this.#reason = undefined;
      this.#loading = true;
    }
    if (to === "ready") this.#loading = false;
    // What happens to an application that has started is printed as it is.
    if (!this.#loading) return false;
    if (message === "worker state" && from === "starting" && to === "dead") return true;
    if (!ABOUT_IT.test(message)) return false;
    const ended = code === undefined || code === null ? cause : `it ended with code ${code}`;
    this.#reason ??= String(reason ?? ended).replace(/^(BootError: )?boot failed: /, "");
    // One that ends itself while it starts has said why in lines of its own, or has not.
    return message !== "worker died" || cause === "boot failed";
  }
}

/** The fields of a log line; none of any other line. */
function fieldsOf(line: string): Readonly<Record<string, string | undefined>> {
  try {
    return line.startsWith("{") ? JSON.parse(line) : {};
  } catch {
    return {};
  }
}

/** The page that stands in for the site. It reloads itself until the site is back. */
export function failurePage({ reason, place }: BootFailure): Page {
  const title = "The application does not start";
  const where = place === undefined ? "" : `<p>In <b>${escaped(place)}</b></p>`;
  const html = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="1">
<title>${title}</title>
<h1>${title}</h1>
${where}
<pre style="white-space: pre-wrap">${escaped(reason)}</pre>
<p>This page of <code>make dev</code> goes away once the file is saved without the error.</p>
</html>
`;
  return { html, text: `${title}\n${place === undefined ? "" : `${place}\n`}${reason}\n` };
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", '"': "&quot;" };
const escaped = (text: string) => text.replace(/[&<"]/g, (character) => ENTITIES[character] ?? "");

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What a container's process says of itself. */
export interface Pages {
  /** The JSON of /status. */
  readonly status: unknown;
  /** The text of /metrics. */
  readonly metrics: string;
}

/** Milliseconds after which a process that says nothing is stuck, or its container. */
const TIMEOUT = 5000;
/** The same for the first reading, which starts Node in the container: a busy machine takes its time. */
const FIRST_TIMEOUT = 20_000;

/**
 * Runs in the container: for each line that it reads, it writes one with both pages. By the Unix socket,
 * because two edges share the port during a deploy. It ends with its standard input.
 */
const PROGRAM = `
import { get } from "node:http";
import { createInterface } from "node:readline";
import { text } from "node:stream/consumers";
const page = (path) => new Promise((resolve, reject) => {
  get({ socketPath: "/run/gatehouse/admin.sock", path, timeout: ${TIMEOUT - 1000} }, (response) => resolve(text(response)))
    .on("timeout", function () { this.destroy(new Error("does not respond")); })
    .on("error", reject);
});
for await (const _ of createInterface({ input: process.stdin })) {
  const line = await Promise.all([page("/status"), page("/metrics")]).then(
    ([status, metrics]) => ({ status: JSON.parse(status), metrics }),
    ({ message }) => ({ error: message }),
  );
  console.log(JSON.stringify(line));
}
`;

/**
 * Reads the admin pages of a container's process, by one `docker exec` that stays: it needs no published
 * port, works with a remote engine, and costs one start of Node.
 */
export class Probe {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  #stderr = "";
  #failure: string | undefined;
  #timeout = FIRST_TIMEOUT;

  constructor(container: string) {
    const args = ["exec", "-i", container, "node", "--input-type=module", "--eval", PROGRAM];
    this.#child = spawn("docker", args, { stdio: "pipe" });
    this.#child.on("error", ({ message }) => {
      this.#stderr += message;
    });
    this.#child.stdin?.on("error", () => undefined);
    this.#child.stderr?.on("data", (chunk) => {
      this.#stderr += chunk;
    });
    const input = this.#child.stdout ?? process.stdin;
    this.#lines = createInterface({ input })[Symbol.asyncIterator]();
  }

  /** The present pages. @throws Error that says why there are none; then the probe is of no more use. */
  async read(): Promise<Pages> {
    if (this.#failure !== undefined) throw new Error(this.#failure);
    this.#child.stdin?.write("\n");
    const late = Promise.withResolvers<undefined>();
    const timer = setTimeout(() => late.resolve(undefined), this.#timeout);
    const next = await Promise.race([this.#lines.next(), late.promise]);
    clearTimeout(timer);
    if (next === undefined) throw this.#fail(`does not respond within ${this.#timeout / 1000} s`);
    if (next.done) throw this.#fail(reasonIn(this.#stderr));
    this.#timeout = TIMEOUT;
    const pages: Pages & { error?: string } = JSON.parse(next.value);
    if (pages.error !== undefined) throw new Error(reasonIn(pages.error));
    return pages;
  }

  get failed(): boolean {
    return this.#failure !== undefined;
  }

  end(): void {
    this.#child.stdin?.end();
    this.#child.kill();
  }

  #fail(reason: string): Error {
    this.#failure = reason;
    this.end();
    return new Error(reason);
  }
}

/** The reason in a few words. */
function reasonIn(text: string): string {
  if (/executable file not found/.test(text)) return "has no Node: it gives no figures";
  if (/ENOENT|ECONNREFUSED/.test(text)) return "does not listen on its admin socket (yet)";
  return text.trim().split("\n").at(-1) || "does not respond";
}

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { cloneEnvironment } from "../stack/clone.ts";
import type { Stack } from "../stack/stack.ts";
import { testLabel } from "../stack/sweep.ts";

const CONNECTIONS = 32;
const NODE_IMAGE = "node:26.10.0-trixie-slim";
const execute = promisify(execFile);

/** What a load generator saw. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
}

/** wrk in a container on the stack's network, so that no published port is in the way. */
export class Wrk {
  readonly #stack: Stack;
  readonly #image: string;

  private constructor(stack: Stack) {
    this.#stack = stack;
    this.#image = `${stack.project}/wrk`;
  }

  /** Builds its image. */
  static async make(stack: Stack): Promise<Wrk> {
    const wrk = new Wrk(stack);
    const base = process.env.NODE_IMAGE || cloneEnvironment().NODE_IMAGE || NODE_IMAGE;
    const build = ["build", "--quiet", "--tag", wrk.#image, "--build-arg", `NODE_IMAGE=${base}`];
    await execute("docker", [...build, import.meta.dirname]);
    return wrk;
  }

  /** Kept connections ask for `url` without a pause. @throws if a response was none, or no success */
  async load(url: string, seconds: number): Promise<Load> {
    const { stdout } = await execute("docker", [
      ...["run", "--rm", "--label", `${testLabel}=${this.#stack.project}`],
      ...["--network", await this.#stack.network("back"), "--read-only", "--cap-drop", "ALL"],
      ...[this.#image, "--threads", "1", "--connections", String(CONNECTIONS)],
      // Neither edge looks into its cache for it: one would have its clients wait for each other.
      ...["--header", "Authorization: Basic YmVuY2g6"],
      ...["--duration", `${seconds}s`, "--timeout", "10s", url],
    ]);
    const [, requests] = /^\s*(\d+) requests in /m.exec(stdout) ?? [];
    const [, perSecond] = /^Requests\/sec:\s*([\d.]+)/m.exec(stdout) ?? [];
    if (!Number(requests) || /Non-2xx|Socket errors/.test(stdout)) {
      throw new Error(`not every request to ${url} had a good response:\n${stdout}`);
    }
    return { requests: Number(requests), perSecond: Number(perSecond) };
  }
}

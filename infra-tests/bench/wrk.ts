import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { testLabel } from "../stack/projects.ts";
import type { Stack } from "../stack/stack.ts";
import { imageOf } from "../stack/tool.ts";

const CONNECTIONS = 32;
const execute = promisify(execFile);

/** The result of a load generator. */
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
    const build = [
      "build",
      "--quiet",
      "--tag",
      wrk.#image,
      "--build-arg",
      `NODE_IMAGE=${imageOf("NODE_IMAGE")}`,
    ];
    await execute("docker", [...build, import.meta.dirname]);
    return wrk;
  }

  /** Sends requests for `url` on kept connections, without a pause. @throws if one fails */
  async load(url: string, seconds: number): Promise<Load> {
    const { stdout } = await execute("docker", [
      ...["run", "--rm", "--label", `${testLabel}=${this.#stack.project}`],
      ...["--network", await this.#stack.network("back"), "--read-only", "--cap-drop", "ALL"],
      ...[this.#image, "--threads", "1", "--connections", String(CONNECTIONS)],
      // With it neither edge uses its cache, where requests would wait for each other.
      ...["--header", "Authorization: Basic YmVuY2g6"],
      ...["--duration", `${seconds}s`, "--timeout", "10s", url],
    ]);
    const [, requests] = /^\s*(\d+) requests in /m.exec(stdout) ?? [];
    const [, perSecond] = /^Requests\/sec:\s*([\d.]+)/m.exec(stdout) ?? [];
    if (!Number(requests) || /Non-2xx|Socket errors/.test(stdout)) {
      throw new Error(`not every request to ${url} succeeded:\n${stdout}`);
    }
    return { requests: Number(requests), perSecond: Number(perSecond) };
  }
}

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { testLabel } from "../stack/projects.ts";
import type { Stack } from "../stack/stack.ts";
import { imageOf } from "../stack/tool.ts";

const execute = promisify(execFile);

/** One way of being slow, as slowhttptest(1) has it. */
export interface Attack {
  readonly name: string;
  /** The path of its requests. */
  readonly path: string;
  readonly options: readonly string[];
}

/** The result of one second of an attack. */
export interface Second {
  readonly second: number;
  /** Connections that the edge has ended, and those that are open. */
  readonly closed: number;
  readonly connected: number;
  /** Whether a normal request got a response within three seconds. */
  readonly available: boolean;
}

const CONNECTIONS = 1000;

/** slowhttptest in a container on the network where the site is published. */
export class SlowHttpTest {
  readonly #stack: Stack;
  readonly #image: string;

  private constructor(stack: Stack) {
    this.#stack = stack;
    this.#image = `${stack.project}/slowhttptest`;
  }

  /** Builds its image. */
  static async make(stack: Stack): Promise<SlowHttpTest> {
    const tool = new SlowHttpTest(stack);
    const build = [
      "build",
      "--quiet",
      "--tag",
      tool.#image,
      "--build-arg",
      `NODE_IMAGE=${imageOf("NODE_IMAGE")}`,
    ];
    await execute("docker", [...build, `${import.meta.dirname}/slowhttptest`]);
    return tool;
  }

  /** Attacks with a thousand connections; ends after `seconds`, or when all have been closed. */
  async run({ path, options }: Attack, seconds: number): Promise<Second[]> {
    const { stdout } = await execute(
      "docker",
      [
        ...["run", "--rm", "--init", "--label", `${testLabel}=${this.#stack.project}`],
        ...["--network", await this.#stack.network("front"), "--read-only", "--cap-drop", "ALL"],
        ...["--security-opt", "no-new-privileges", "--tmpfs", "/tmp:mode=1777"],
        ...["--ulimit", "nofile=4096:4096", "--workdir", "/tmp", "--entrypoint", "sh"],
        ...[this.#image, "-c", 'slowhttptest "$@" > log 2>&1; cat result.csv || cat log >&2', "sh"],
        ...["-c", String(CONNECTIONS), "-r", "200", "-l", String(seconds), "-p", "3"],
        ...["-g", "-o", "result", "-u", `http://web:8080${path}`, ...options],
      ],
      { timeout: (seconds + 60) * 1000 },
    );
    return stdout.trim().split("\n").slice(1).map(readSecond);
  }
}

/** A line of "Seconds,Closed,Pending,Connected,Service Available". */
function readSecond(line: string): Second {
  const [second, closed, , connected, available] = line.split(",").map(Number);
  if (second === undefined || available === undefined) throw new Error(`no CSV: ${line}`);
  return { second, closed: closed ?? 0, connected: connected ?? 0, available: available > 0 };
}

import { lastLine } from "../../command.ts";
import { Problem } from "../../problem.ts";
import type { Stages } from "../../stages.ts";
import type { Connection } from "../connection.ts";

/** One thing that a server must be. Both scripts run as root. */
export interface Step {
  readonly name: string;
  /** Exits with 0 if it is so already, else with 1. Its output is a few words of what is there. */
  readonly check: string;
  /** Makes it so, whatever was there. */
  readonly make: string;
  /** The end of the sentence "made: ...". */
  readonly made: string;
}

/** The server, as its root. */
export class Root {
  readonly #connection: Connection;
  readonly #shell: string;

  constructor(connection: Connection) {
    this.#connection = connection;
    this.#shell = connection.user === "root" ? "sh" : "sudo -n sh";
  }

  run(script: string) {
    return this.#connection.run(script, this.#shell);
  }

  /** The port of the server that this connection has arrived at: behind a forwarded port it is not the operator's. */
  async port(): Promise<number | undefined> {
    // Not as root: sudo takes the variable away.
    const { stdout } = await this.#connection.run('echo "$SSH_CONNECTION"');
    return Number(stdout.trim().split(" ").at(-1)) || undefined;
  }

  /** @throws Problem with the script's last line, if it fails */
  async read(script: string, what: string): Promise<string> {
    const { code, stdout, stderr } = await this.run(script);
    if (code === 0) return stdout;
    const sudo = /sudo/.test(stderr)
      ? `: SERVER_ADMIN must be root, or a user who may sudo without a password`
      : "";
    throw new Problem(`${what}: ${lastLine(stderr) || `exit code ${code}`}${sudo}`);
  }
}

/** Takes a step, if it is not taken already. @throws Problem with the reason of the server */
export async function take(step: Step, root: Root, stages: Stages): Promise<boolean> {
  let changed = false;
  await stages.run(step.name, async () => {
    const { code, stdout } = await root.run(step.check);
    const found = lastLine(stdout);
    if (code === 0) return `already so${found === "" ? "" : `: ${found}`}`;
    await root.read(`set -eu\n${step.make}`, step.name);
    const after = await root.run(step.check);
    if (after.code !== 0) {
      throw new Problem(
        `${step.name}: the server is not so, although this has just been done (${lastLine(after.output)})`,
      );
    }
    changed = true;
    return step.made;
  });
  return changed;
}

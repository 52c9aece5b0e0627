import { spawn } from "node:child_process";
import { once } from "node:events";
import { cp, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { root } from "../stack/clone.ts";
import { envText, type Ports, placeOf } from "../stack/environment.ts";
import { freePorts } from "../stack/ports.ts";
import { newProjectName, removeProject } from "../stack/projects.ts";
import { Stack } from "../stack/stack.ts";

/** What belongs to one clone only, or is too large to copy. */
const LEFT_OUT = [
  ...[".cache", ".env", ".git", ".releases", "backups", "node_modules", "reports", "secrets"],
].map((name) => join(root, name));

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly seconds: number;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** The output at which the command gets a signal: SIGINT, as with Ctrl-C. */
  readonly interruptAt?: RegExp;
  readonly signal?: NodeJS.Signals;
  /** Words after the command. */
  readonly words?: readonly string[];
}

/** A fresh clone with installed packages, removed with everything that it created. */
export class FreshClone implements AsyncDisposable {
  readonly root: string;
  readonly stack: Stack;
  readonly ports: Ports;

  private constructor(root: string, project: string, ports: Ports) {
    this.root = root;
    this.stack = new Stack(project);
    this.ports = ports;
  }

  /** Copies the clone under test. Its .env has a new project name and ports, and nothing else. */
  static async make(): Promise<FreshClone> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-first-run-"));
    await cp(root, folder, {
      recursive: true,
      filter: (source) => !LEFT_OUT.includes(source),
    });
    await symlink(join(root, "node_modules"), join(folder, "node_modules"));
    const clone = new FreshClone(folder, newProjectName(), await freePorts());
    await clone.setEnv();
    return clone;
  }

  /** Writes .env again, with these additional lines. */
  async setEnv(...lines: string[]): Promise<void> {
    const place = placeOf(this.stack.project, this.ports);
    await writeFile(join(this.root, ".env"), envText(place, lines));
  }

  /** Runs one of the operator's commands in the clone: "up.ts", "doctor.ts". */
  async run(
    command: string,
    { env = {}, interruptAt, signal = "SIGINT", words = [] }: RunOptions = {},
  ): Promise<Outcome> {
    const start = performance.now();
    const child = spawn(process.execPath, [join("deploy", command), ...words], {
      cwd: this.root,
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const [stdout, stderr] = [text(child.stdout), text(child.stderr)];
    let seen = "";
    child.stdout.on("data", function onData(chunk) {
      seen += chunk;
      if (interruptAt?.test(seen) !== true) return;
      child.stdout.off("data", onData);
      child.kill(signal);
    });
    const [code] = (await once(child, "close")) as [number | null];
    return {
      code: code ?? -1,
      stdout: await stdout,
      stderr: await stderr,
      seconds: (performance.now() - start) / 1000,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.stack.project);
    await rm(this.root, { recursive: true, force: true });
  }
}

import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createInterface } from "node:readline";

/** A server in processes of its own, and the processor time that they have used. */
export class ServerUnderTest {
  readonly name: string;
  readonly #child: ChildProcess;

  constructor(name: string, args: readonly string[]) {
    this.name = name;
    this.#child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "inherit"] });
  }

  /** Resolves with the port once the server is ready; from then on its lines are thrown away. */
  ready(): Promise<number> {
    const output = this.#child.stdout ?? process.stdin;
    const lines = createInterface({ input: output });
    return new Promise((resolve) => {
      lines.on("line", (line) => {
        if (!line.includes('"to":"ready"')) return;
        resolve(JSON.parse(line).port);
        lines.close();
        output.resume();
      });
    });
  }

  /** Seconds of processor time of the primary and its workers together. */
  get cpu(): number {
    const primary = this.#child.pid ?? 0;
    const workers = readFileSync(`/proc/${primary}/task/${primary}/children`, "utf8");
    const pids = [primary, ...workers.trim().split(" ").map(Number)];
    return pids.reduce((sum, pid) => sum + cpuOf(pid), 0);
  }

  stop(): void {
    this.#child.kill("SIGKILL");
  }
}

/** All threads of a process; the scheduler counts nanoseconds, where /proc/PID/stat has ticks. */
function cpuOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  const spent = threads.map((id) => readFileSync(`/proc/${pid}/task/${id}/schedstat`, "utf8"));
  return spent.reduce((sum, words) => sum + Number(words.split(" ")[0]), 0) / 1e9;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { interruption } from "./interruption.ts";

/**
 * Runs a program and shows what it writes; its exit code. An interruption of the run ends the
 * program, and is thrown when it has ended.
 */
export async function run(program: string, parameters: readonly string[]): Promise<number> {
  interruption.throwIfAborted();
  const child = spawn(program, parameters, { stdio: ["ignore", "inherit", "inherit"] });
  const end = () => child.kill("SIGTERM");
  interruption.addEventListener("abort", end);
  try {
    const [code] = await once(child, "exit");
    interruption.throwIfAborted();
    return code ?? 1;
  } finally {
    interruption.removeEventListener("abort", end);
  }
}

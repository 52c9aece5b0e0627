import { on } from "node:events";
import { readFile } from "node:fs/promises";
import type { Debugger } from "node:inspector";
import type { WorkerProcess } from "./worker-process.ts";

/** Milliseconds; the machine on which a worker gets stuck may be slow. */
const TIMEOUT = 5000;
const FRAMES = 10;

/**
 * The stack of a worker, a line a frame, even if it is stuck in `while (true)`: SIGUSR1 makes Node
 * open its inspector from a thread of its own, on a port of 127.0.0.1 that it prints; the debugger
 * then interrupts the loop. The worker continues afterwards.
 * @throws Error when the worker's debugger does not respond in time, or the worker was stopped.
 */
export async function stackTrace(worker: WorkerProcess): Promise<string> {
  if (await isStopped(worker.pid)) {
    throw new Error("it was stopped by a signal, and runs no code: find who sent SIGSTOP");
  }
  const deadline = AbortSignal.timeout(TIMEOUT);
  const socket = new WebSocket(await inspectorOf(worker, deadline));
  const scripts = new Map<string, string>();
  try {
    return await new Promise<string>((resolve, reject) => {
      deadline.addEventListener("abort", () => reject(new Error("the debugger did not respond")));
      socket.addEventListener("error", () => reject(new Error("the inspector refused")));
      socket.addEventListener("open", () => {
        socket.send('{"id":1,"method":"Debugger.enable"}');
        socket.send('{"id":2,"method":"Debugger.pause"}');
      });
      socket.addEventListener("message", ({ data }) => {
        try {
          const { method, params } = JSON.parse(String(data));
          if (method === "Debugger.scriptParsed") scripts.set(params.scriptId, params.url);
          if (method === "Debugger.paused") resolve(linesOf(params.callFrames, scripts));
        } catch (error) {
          // The application printed Node's line itself, with another address.
          reject(error);
        }
      });
    });
  } finally {
    // The worker continues when its debugger disconnects.
    socket.close();
    worker.send({ type: "close-inspector" });
  }
}

/** By the state in proc(5), behind the name in brackets; where there is no /proc it is not known. */
async function isStopped(pid: number | undefined): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, "latin1").catch(() => "");
  return /\) [Tt] /.test(stat.slice(stat.lastIndexOf(")")));
}

async function inspectorOf(worker: WorkerProcess, deadline: AbortSignal): Promise<string> {
  const chunks = on(worker, "stderr", { signal: deadline });
  worker.openInspector();
  let text = "";
  for await (const [chunk] of chunks) {
    text += chunk;
    const address = /Debugger listening on (ws:\S+)\n/.exec(text)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("the worker opened no inspector");
}

function linesOf(
  frames: readonly Debugger.CallFrame[],
  scripts: ReadonlyMap<string, string>,
): string {
  const lines = frames.slice(0, FRAMES).map(({ functionName, location }) => {
    const url = scripts.get(location.scriptId) ?? "";
    const file = url.replace(`file://${process.cwd()}/`, "").replace("file://", "");
    const position = `${location.lineNumber + 1}:${(location.columnNumber ?? 0) + 1}`;
    return `at ${functionName || "<anonymous>"} (${file}:${position})`;
  });
  return lines.join("\n");
}

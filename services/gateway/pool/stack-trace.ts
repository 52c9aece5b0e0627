import { on } from "node:events";
import type { WorkerProcess } from "./worker-process.ts";

/** Milliseconds; a machine that is too busy is when workers get stuck, and it debugs slowly. */
const DEADLINE = 5000;
const FRAMES = 10;

interface Frame {
  readonly functionName: string;
  readonly location: {
    readonly scriptId: string;
    readonly lineNumber: number;
    readonly columnNumber: number;
  };
}

/**
 * Where a worker's JavaScript is right now, a line a frame, even if it is stuck in `while (true)`:
 * SIGUSR1 makes Node open its inspector from a thread of its own, on a port of 127.0.0.1 that it
 * prints; from there the debugger interrupts the loop. The worker goes on afterwards.
 * @throws Error when the worker does not answer the debugger in time.
 */
export async function stackTrace(worker: WorkerProcess): Promise<string> {
  const deadline = AbortSignal.timeout(DEADLINE);
  const socket = new WebSocket(await inspectorOf(worker, deadline));
  const scripts = new Map<string, string>();
  try {
    return await new Promise<string>((resolve, reject) => {
      deadline.addEventListener("abort", () => reject(new Error("the debugger did not answer")));
      socket.addEventListener("error", () => reject(new Error("the inspector refused")));
      socket.addEventListener("open", () => {
        socket.send('{"id":1,"method":"Debugger.enable"}');
        socket.send('{"id":2,"method":"Debugger.pause"}');
      });
      socket.addEventListener("message", ({ data }) => {
        try {
          const { method, params } = JSON.parse(String(data));
          if (method === "Debugger.scriptParsed") scripts.set(params.scriptId, params.url);
          if (method === "Debugger.paused") resolve(told(params.callFrames, scripts));
        } catch (error) {
          // The application wrote Node's words, and named somebody else who answers.
          reject(error);
        }
      });
    });
  } finally {
    // Leaving makes the worker go on.
    socket.close();
    worker.tell({ type: "close-inspector" });
  }
}

async function inspectorOf(worker: WorkerProcess, deadline: AbortSignal): Promise<string> {
  const heard = on(worker, "words", { signal: deadline });
  worker.openInspector();
  let words = "";
  for await (const [chunk] of heard) {
    words += chunk;
    const address = /Debugger listening on (ws:\S+)\n/.exec(words)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("the worker opened no inspector");
}

function told(frames: readonly Frame[], scripts: ReadonlyMap<string, string>): string {
  const lines = frames.slice(0, FRAMES).map(({ functionName, location }) => {
    const url = scripts.get(location.scriptId) ?? "";
    const file = url.replace(`file://${process.cwd()}/`, "").replace("file://", "");
    const place = `${file}:${location.lineNumber + 1}:${location.columnNumber + 1}`;
    return `at ${functionName || "<anonymous>"} (${place})`;
  });
  return lines.join("\n");
}

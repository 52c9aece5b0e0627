import { spawn } from "node:child_process";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath, pathToFileURL } from "node:url";
import { oneLine, reasonOf } from "@gatehouse/telemetry";

/** An application may go elsewhere as soon as it runs, as Next's standalone server does. */
const START = process.cwd();

export type Namespace = Readonly<Record<string, unknown>>;

/** The message is one line: what, where, what is expected. */
export class LoadFailure extends Error {
  override readonly name = "LoadFailure";
}

/** The file that Node would run for `node MODULE`. @throws LoadFailure */
export function resolveModule(module: string): string {
  const path = resolve(START, module);
  try {
    return createRequire(path).resolve(path);
  } catch {
    throw new LoadFailure(`${module}: no such file; looked for ${path}`);
  }
}

/** @throws LoadFailure */
export async function importModule(
  module: string,
  file: string,
  load: (url: string) => Promise<Namespace>,
): Promise<Namespace> {
  try {
    return await load(pathToFileURL(file).href);
  } catch (error) {
    throw await loadFailure(module, error);
  }
}

/** Says in one line why a module could not be loaded, with file and line where they are known. */
export async function loadFailure(module: string, cause: unknown): Promise<LoadFailure> {
  if (cause instanceof LoadFailure) return cause;
  if (!(cause instanceof Error)) return new LoadFailure(`${module}: it threw ${wordsOf(cause)}`);
  const position = positionIn(cause.stack) ?? (await positionOfSyntaxError(cause, module));
  const where = position === undefined ? "" : ` (${position})`;
  return new LoadFailure(`${module}: ${wordsOf(cause)}${where}${hintFor(cause)}`, { cause });
}

/** For a program of another runtime. */
function hintFor({ message }: Error): string {
  const [, runtime] = /^(Bun|Deno) is not defined$/.exec(message) ?? [];
  if (runtime === undefined) return "";
  return `; the gateway runs Node, not ${runtime}: export default { fetch } is served by both`;
}

/** What an error says in one line: its causes too, and the errors that it stands for. */
export function wordsOf(error: unknown): string {
  // It has said so already.
  if (error instanceof LoadFailure) return error.message;
  if (!(error instanceof Error)) return oneLine(error);
  const { name, cause } = error;
  const [message = ""] = reasonOf(error).split("\n");
  // A refused connection to "localhost" has one error for each address, and no message.
  const several = error instanceof AggregateError ? error.errors.map(wordsOf).join(", ") : "";
  const words = [message, several, cause === undefined ? "" : wordsOf(cause)];
  const said = words.filter((word) => word !== "").join(": ");
  return name === "Error" || message === "" ? said || name : `${name}: ${said}`;
}

/** The file and line of an error: in front of the stack of a syntax error, otherwise in it. */
function positionIn(stack = ""): string | undefined {
  const ahead = /^((?:file:\/\/)?\/.*):(\d+)$/m.exec(stack.split("\n")[0] ?? "");
  const frame = /^ {4}at (?:.* \()?((?:file:\/\/)?\/(?!.*\/node_modules\/).*?):(\d+):\d+\)?$/gm;
  for (const [, file = "", line] of ahead ? [ahead] : stack.matchAll(frame)) {
    const path = file.startsWith("file:") ? fileURLToPath(file) : file;
    // The gateway's own listen() is called by the application's line.
    if (!path.startsWith(`${import.meta.dirname}/`)) return `${path}:${line}`;
  }
  return undefined;
}

/** Node shows it for ECMAScript modules only when the error ends a process. Nothing is run there. */
async function positionOfSyntaxError(error: Error, module: string): Promise<string | undefined> {
  if (!(error instanceof SyntaxError)) return undefined;
  const script = `await import(${JSON.stringify(pathToFileURL(resolve(START, module)).href)})`;
  const node = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 5000,
  });
  return positionIn(await text(node.stderr));
}

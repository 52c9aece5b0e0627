import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";

/** An application that cannot be loaded. The message is one line: what, where, what is wanted. */
export class LoadFailure extends Error {
  override readonly name = "LoadFailure";
}

/** Says in one line why a module could not be imported, with file and line where they are known. */
export async function loadFailure(module: string, url: string, cause: unknown) {
  if (!(cause instanceof Error)) return new LoadFailure(`${module}: it threw ${cause}`);
  const place = placeOf(cause.stack) ?? (await placeOfSyntaxError(cause, url));
  const kind = cause.name === "Error" ? "" : `${cause.name}: `;
  const [reason] = cause.message.split("\n");
  return new LoadFailure(`${module}: ${kind}${reason}${place ? ` (${place})` : ""}`, { cause });
}

/** The file and line where an error arose: ahead of its stack for a syntax error, else in it. */
function placeOf(stack = ""): string | undefined {
  const ahead = /^((?:file:\/\/)?\/.*):(\d+)$/m.exec(stack.split("\n")[0] ?? "");
  const frame = /^ {4}at (?:.* \()?((?:file:\/\/)?\/(?!.*\/node_modules\/).*?):(\d+):\d+\)?$/m;
  const [, file, line] = ahead ?? frame.exec(stack) ?? [];
  if (file === undefined || file === import.meta.url) return undefined;
  return `${file.startsWith("file:") ? fileURLToPath(file) : file}:${line}`;
}

/**
 * Node tells the place of a syntax error in an ECMAScript module only as it dies of it. Nothing
 * of a program that does not parse is run.
 */
async function placeOfSyntaxError(error: Error, url: string): Promise<string | undefined> {
  if (!(error instanceof SyntaxError)) return undefined;
  const script = `await import(${JSON.stringify(url)})`;
  const node = spawn(process.execPath, ["--input-type=module", "--eval", script], {
    stdio: ["ignore", "ignore", "pipe"],
    timeout: 5000,
  });
  return placeOf(await text(node.stderr));
}

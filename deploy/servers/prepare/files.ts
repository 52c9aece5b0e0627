import { dirname } from "node:path";
import { quoted } from "../shell.ts";

/** A line of a script that writes a file whole, or not at all. */
export function file(path: string, text: string, mode = "0644"): string {
  const [to, from] = [quoted(path), quoted(`${path}.gatehouse-new`)];
  return `mkdir -p ${quoted(dirname(path))} && printf '%s' ${quoted(text)} > ${from} && chmod ${mode} ${from} && mv ${from} ${to}`;
}

/** A command of a script that succeeds if a file has exactly this text. */
export function fileIs(path: string, text: string): string {
  return `printf '%s' ${quoted(text)} | cmp --silent - ${quoted(path)}`;
}

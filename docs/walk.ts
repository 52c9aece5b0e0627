import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What a page asks its reader to do: to type commands, or to write a file. */
export type Step =
  | { readonly commands: readonly string[] }
  | { readonly file: string; readonly content: string };

/**
 * The steps of a page, in order. A block of `sh` has commands. Another block is the file whose path stands in the text
 * before it, or else an example.
 */
export function stepsOf(page: string): Step[] {
  const steps: Step[] = [];
  let file = "";
  for (const [, named, kind, block = ""] of page.matchAll(
    /`(services\/app\/[\w./-]+)`|^```(\w+)\n(.*?)^```$/gms,
  )) {
    if (named !== undefined) {
      file = named;
    } else if (kind === "sh") {
      steps.push({ commands: block.trim().split("\n") });
    } else if (file !== "") {
      steps.push({ file, content: block });
      file = "";
    }
  }
  return steps;
}

const PAGE = join(import.meta.dirname, "replace-the-app.md");

/** The steps of docs/replace-the-app.md. */
export const readWalk = async (): Promise<Step[]> => stepsOf(await readFile(PAGE, "utf8"));

/** Writes the files of the walk into a clone. */
export async function writeFiles(root: string, steps: readonly Step[]): Promise<void> {
  for (const step of steps) {
    if (!("file" in step)) continue;
    const path = join(root, step.file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, step.content);
  }
}

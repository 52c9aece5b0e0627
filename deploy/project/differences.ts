import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Check, type Finding, good } from "../checks/check.ts";
import { run } from "../command.ts";
import { VENDOR } from "./create.ts";
import { endsInCrlf } from "./line-ends.ts";
import { packagesIn, Templates } from "./newer.ts";
import { readOrigin } from "./origin.ts";
import { type Files, filesOf } from "./starter.ts";

/** Which files of a project of one's own differ from those that it was made from. Nothing is wrong with that. */
export const templateCheck: Check = {
  name: "template",
  needs: [],
  check: async ({ clone: { root } }): Promise<Finding[]> => {
    const origin = readOrigin(root);
    if (origin === undefined) return [];
    await using templates = await Templates.of(
      await packagesIn(join(root, VENDOR), origin.version),
    );
    const found = await differences(root, filesOf([templates.folder], origin));
    const version = `${origin.app} of ${origin.version}`;
    if (found.length === 0) return [good(`every file is that of the template, ${version}`)];
    return [good(`from the template, ${version}, differ: ${found.join(", ")}`)];
  },
};

/** Each file that differs, with the lines that were added and removed: "site.ts (+3 -1)". */
export async function differences(root: string, files: Files): Promise<string[]> {
  const found: string[] = [];
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-template-"));
  try {
    for (const [path, text] of files) {
      const file = join(root, path);
      if (!existsSync(file)) {
        found.push(`${path} (removed)`);
        continue;
      }
      const written = await readFile(file, "utf8");
      const yours = endsInCrlf(written) ? written.replaceAll("\r\n", "\n") : written;
      if (yours === text) continue;
      await writeFile(join(folder, "template"), text);
      await writeFile(join(folder, "yours"), yours);
      const args = ["diff", "--no-index", "--numstat", "template", "yours"];
      const { stdout } = await run("git", args, { cwd: folder });
      const [added = "?", removed = "?"] = stdout.split(/\s+/);
      found.push(`${path} (+${added} -${removed})`);
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return found;
}

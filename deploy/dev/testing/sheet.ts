import { createHash } from "node:crypto";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** The style sheet under a name that is made from its content. */
async function readSheet() {
  const content = await readFile(new URL("./static/style.css", import.meta.url));
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  return { name: `style.${hash}.css`, content };
}

/** The path that the edge serves the style sheet by. */
export const sheetPath = async (): Promise<string> => `/assets/${(await readSheet()).name}`;

/** Writes the style sheet where the edge finds it. */
export async function collect(): Promise<void> {
  const folder = process.env.ASSETS_DIRECTORY ?? "/srv/assets";
  const { name, content } = await readSheet();
  await mkdir(folder, { recursive: true });
  const draft = join(folder, `${name}.${process.pid}.draft`);
  await writeFile(draft, content);
  await rename(draft, join(folder, name));
}

/** The path of the application's module in a clone. */
export const MODULE = "examples/gallery-under-test.ts";

/** The table of the application; its owner creates it. */
export const TABLE = "CREATE TABLE pictures (name text PRIMARY KEY, sum text NOT NULL)";

/**
 * An application that adds a file before its row and deletes it after its row, as fast as it is asked to, and that
 * can compare both: each row names a file, and has the sum of its content.
 */
export const APPLICATION = `
import { createHash, randomBytes, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import postgres from "postgres";

const FOLDER = "/srv/media";
const password = readFileSync(process.env.DATABASE_PASSWORD_FILE ?? "", "utf8").trim();
const sql = postgres(process.env.DATABASE_URL ?? "", { password, max: 4, onnotice: () => {} });
const sumOf = (content: Buffer) => createHash("sha256").update(content).digest("hex");

async function add(): Promise<string> {
  const content = randomBytes(20_000);
  const name = randomUUID();
  await writeFile(join(FOLDER, \`.\${name}\`), content);
  await rename(join(FOLDER, \`.\${name}\`), join(FOLDER, name));
  await sql\`INSERT INTO pictures VALUES (\${name}, \${sumOf(content)})\`;
  return name;
}

/** The oldest file that a row names: those that a backup has seen longest. */
async function remove(): Promise<void> {
  const rows = await sql\`
    DELETE FROM pictures WHERE name = (SELECT name FROM pictures ORDER BY ctid LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING name\`;
  for (const { name } of rows) await rm(join(FOLDER, name));
}

async function check(): Promise<unknown> {
  const rows = await sql\`SELECT name, sum FROM pictures\`;
  const bad: string[] = [];
  for (const { name, sum } of rows) {
    const content = await readFile(join(FOLDER, name)).catch(() => undefined);
    if (content === undefined) bad.push(\`\${name} is missing\`);
    else if (sumOf(content) !== sum) bad.push(\`\${name} has another content\`);
  }
  return { rows: rows.length, bad };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    if (pathname === "/add") return new Response(await add());
    if (pathname === "/remove") await remove();
    if (pathname === "/check") return Response.json(await check());
    return new Response("gallery\\n");
  },
};
`;

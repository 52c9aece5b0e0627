import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type Docker from "dockerode";
import { printed } from "./chains/project.ts";

/** Creates TechEmpower's table in the database of a container, as a role of it. */
export async function createFortunes(
  db: Docker.Container,
  database: string,
  role: string,
): Promise<void> {
  const sql = await readFile(join(import.meta.dirname, "peers/fortunes.sql"), "utf8");
  const login = ["-U", database, "--dbname", database];
  const commands = ["--command", `SET ROLE ${role}`, "--command", sql];
  await printed(db, "psql", "--quiet", "--set=ON_ERROR_STOP=1", ...login, ...commands);
}

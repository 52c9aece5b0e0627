import { readFile } from "node:fs/promises";
import postgres from "postgres";

/** Connects as compose.yaml and make dev say: the password is a file. */
export async function connect() {
  const { DATABASE_URL = "", DATABASE_PASSWORD_FILE = "" } = process.env;
  return postgres(DATABASE_URL, { password: await readFile(DATABASE_PASSWORD_FILE, "utf8") });
}

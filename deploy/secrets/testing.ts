import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

/** Files that have passwords, tokens or keys, by their usual names. */
const SECRET_FILES = [
  ...[".env", ".env.local", ".env.production", ".npmrc", ".netrc"],
  ...["server.key", "server.pem", "client.p12", "client.pfx"],
];

/** What belongs to the application all the same. */
const HARMLESS_FILES = ["server.ts", "keys.ts", "logo.png"];

/** Writes such files into some folders. @returns their paths, in order */
export async function writeSecretFiles(root: string, folders: readonly string[]) {
  const paths = (names: readonly string[]) =>
    folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const [secret, harmless] = [paths(SECRET_FILES), paths(HARMLESS_FILES)];
  for (const path of [...secret, ...harmless]) {
    await mkdir(dirname(join(root, path)), { recursive: true });
    await writeFile(join(root, path), "");
  }
  return { secret: secret.sort(), harmless: harmless.sort() };
}

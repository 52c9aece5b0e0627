import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Clone } from "../clone.ts";
import { replaceFile } from "../replace-file.ts";
import { isAuthority, makeAuthority } from "./authority.ts";
import { makeCertificate, renewalReason } from "./certificate.ts";
import type { Pair } from "./x509.ts";

/**
 * The clone's secrets and the modes of their files. Compose mounts a file secret with its mode on the
 * host, and our processes are not root: so the files are readable and the folder is closed. The
 * authority's key is never mounted.
 */
export const SECRET_MODES: Readonly<Record<string, number>> = {
  database_password: 0o444,
  database_site_password: 0o444,
  "database_ca.crt": 0o444,
  "ca.crt": 0o444,
  "ca.key": 0o400,
  "tls.crt": 0o444,
  "tls.key": 0o444,
  otlp_headers: 0o444,
};

export const SECRETS_FOLDER_MODE = 0o700;

const SITE_PASSWORD = "database_site_password";

/** The authority of an external database's certificate; empty: those that Node knows. */
export const DATABASE_AUTHORITY = "database_ca.crt";

/** What is the operator's to fill in. Compose needs each as a file, if an empty one. */
const OPTIONAL = [DATABASE_AUTHORITY, "otlp_headers"];

/**
 * Makes the secrets of a clone that are missing or about to expire, except the password with which the
 * database's volume was made.
 * @returns what it made, in words
 */
export async function ensureSecrets(clone: Clone, names: readonly string[]): Promise<string[]> {
  const now = new Date();
  await mkdir(clone.secrets, { recursive: true, mode: SECRETS_FOLDER_MODE });
  await chmod(clone.secrets, SECRETS_FOLDER_MODE);
  const made: string[] = [];
  // The database takes the password of the day at each start.
  if ((await readSecret(clone, SITE_PASSWORD)) === "") {
    await writeSecret(clone, SITE_PASSWORD, newPassword());
    made.push("a password of the site's database role");
  }
  for (const name of OPTIONAL) {
    if (!existsSync(join(clone.secrets, name))) await writeSecret(clone, name, "");
  }
  let authority = await readPair(clone, "ca");
  if (!isAuthority(authority, now)) {
    authority = await makeAuthority(clone.project, now);
    await writePair(clone, "ca", authority);
    made.push("a local CA");
  }
  const reason = renewalReason(await readPair(clone, "tls"), authority.certificate, names, now);
  if (reason !== undefined) {
    await writePair(clone, "tls", await makeCertificate(authority, names, now));
    made.push(`a certificate (${reason})`);
  }
  return made;
}

/** Whether there is the password of the database's owner, with which the volume was made. */
export async function hasPassword(clone: Clone): Promise<boolean> {
  return (await readSecret(clone, "database_password")) !== "";
}

/** Makes the passwords of the database's roles. */
export async function makePassword(clone: Clone): Promise<void> {
  await mkdir(clone.secrets, { recursive: true, mode: SECRETS_FOLDER_MODE });
  for (const name of ["database_password", SITE_PASSWORD]) {
    await writeSecret(clone, name, newPassword());
  }
}

/** 192 random bits, in characters that need no quotes anywhere. */
const newPassword = (): string => randomBytes(24).toString("base64url");

async function readPair(clone: Clone, name: string): Promise<Pair> {
  return {
    certificate: await readSecret(clone, `${name}.crt`),
    key: await readSecret(clone, `${name}.key`),
  };
}

async function writePair(clone: Clone, name: string, pair: Pair): Promise<void> {
  await writeSecret(clone, `${name}.key`, pair.key);
  await writeSecret(clone, `${name}.crt`, pair.certificate);
}

/** The text of a secret; "" if there is none. */
export async function readSecret(clone: Clone, name: string): Promise<string> {
  return readFile(join(clone.secrets, name), "utf8").catch(() => "");
}

/** Writes a secret that containers may read, unless its mode is another one. */
export async function writeSecret(clone: Clone, name: string, text: string): Promise<void> {
  await replaceFile(join(clone.secrets, name), text, SECRET_MODES[name] ?? 0o444);
}

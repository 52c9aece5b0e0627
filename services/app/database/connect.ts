import { readFileSync } from "node:fs";
import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import type { PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { AppValues } from "../settings.ts";
import { drizzle } from "./drizzle.ts";
import { reasonOf } from "./failure.ts";

/**
 * Opens a lazy pool: it connects at the first query, and again after a failure.
 * @param session parameters of each connection (Postgres' own names, times in ms)
 * @throws Error if the password file cannot be read
 */
export function connect(
  values: AppValues,
  size: number,
  session: { statement_timeout?: number; lock_timeout?: number },
): postgres.Sql {
  const { url, ssl } = encryptionOf(values);
  return postgres(url, {
    password: fileOf("DATABASE_PASSWORD_FILE", values.databasePasswordFile).trimEnd(),
    ssl,
    max: size,
    connect_timeout: values.connectTimeout / 1000,
    // The driver's own back-off grows to 20 s, and every query would wait for it.
    backoff: () => 0.1,
    fetch_types: false,
    // The driver would print notices ("schema exists, skipping") between the JSON lines.
    onnotice: () => {},
    connection: { application_name: "gatehouse-app", ...session },
  });
}

type TlsOption =
  | "prefer"
  | "require"
  | Pick<ConnectionOptions, "ca" | "checkServerIdentity">
  | false;

/** The driver would send its server what only libpq knows, and it knows only some words of sslmode. */
const OF_THE_CLIENT = ["sslmode", "sslrootcert", "channel_binding", "gssencmode"];

/** How the connection is encrypted and whom it trusts: sslmode of the URL, as libpq means it. */
function encryptionOf({ databaseUrl, databaseCaFile }: AppValues) {
  const url = new URL(databaseUrl);
  const mode = url.searchParams.get("sslmode") ?? "disable";
  for (const name of OF_THE_CLIENT) url.searchParams.delete(name);
  return { url: url.href, ssl: tlsOf(mode, url.hostname, databaseCaFile) };
}

function tlsOf(mode: string, host: string, authorityFile: string): TlsOption {
  if (mode === "disable") return false;
  if (mode === "prefer" || mode === "allow") return "prefer";
  const ca = fileOf("DATABASE_CA_FILE", authorityFile);
  const authority = ca.trim() === "" ? {} : { ca };
  // For an address, the driver would have Node look for the name localhost in the certificate.
  const name = host.replaceAll(/[[\]]/g, "");
  if (mode === "verify-full") {
    return { ...authority, checkServerIdentity: (_, peer) => checkServerIdentity(name, peer) };
  }
  // An authority that is given is checked, the name is not.
  if (mode === "verify-ca" || "ca" in authority) {
    return { ...authority, checkServerIdentity: () => undefined };
  }
  if (mode === "require") return "require";
  throw new Error(
    `DATABASE_URL: sslmode=${mode} is unknown: use disable, prefer, require, verify-ca or verify-full`,
  );
}

/** The text of the file that a setting names; "" if it names none. */
function fileOf(variable: string, file: string): string {
  if (file === "") return "";
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${variable}=${file} cannot be read (${reason}): mount the secret`);
  }
}

/** Runs a command's work over one connection. @throws Error with one line that says what to do */
export async function withDatabase<T>(
  values: AppValues,
  work: (database: PostgresJsDatabase) => Promise<T>,
  session: Parameters<typeof connect>[2] = { statement_timeout: values.queryTimeout },
): Promise<T> {
  const client = connect(values, 1, session);
  try {
    return await work(drizzle(client));
  } catch (error) {
    throw new Error(reasonOf(error, values), { cause: error });
  } finally {
    await client.end({ timeout: 1 });
  }
}

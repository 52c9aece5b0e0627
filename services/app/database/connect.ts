import { readFileSync } from "node:fs";
import { drizzle, type PostgresJsDatabase } from "drizzle-orm/postgres-js";
import postgres from "postgres";
import type { AppValues } from "../settings.ts";
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
  return postgres(values.databaseUrl, {
    password: passwordOf(values),
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

function passwordOf({ databasePasswordFile: file }: AppValues): string {
  if (file === "") return "";
  try {
    return readFileSync(file, "utf8").trimEnd();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`DATABASE_PASSWORD_FILE=${file} cannot be read (${reason}): mount the secret`);
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

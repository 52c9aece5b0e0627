import { readFileSync } from "node:fs";
import postgres from "postgres";
import type { AppValues } from "../settings.ts";

/**
 * Opens a lazy pool: it connects at the first query, and again after a failure.
 * @param session parameters of each connection (Postgres' own names, times in ms)
 * @throws Error when the password file cannot be read
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
    // The driver's own pause grows to 20 s, which every query would have to wait for.
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

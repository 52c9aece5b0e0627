import { readFileSync } from "node:fs";
import postgres from "postgres";

/** The password is in a file, so that no environment has it: it can be inspected, and child processes inherit it. */
function secret(variable: string): string {
  const file = process.env[variable];
  return file === undefined ? "" : readFileSync(file, "utf8").trimEnd();
}

/**
 * Connections to the database of DATABASE_URL: in the stack its own, as a role that owns nothing (`migrate` has the
 * owner's). Nothing connects before the first query.
 */
export function connect(connections: number): postgres.Sql {
  const { DATABASE_URL = "" } = process.env;
  const authority = secret("DATABASE_CA_FILE");
  return postgres(DATABASE_URL, {
    password: secret("DATABASE_PASSWORD_FILE"),
    ...(authority === "" ? {} : { ssl: { ca: authority } }),
    max: connections,
    connect_timeout: 5,
    onnotice: () => {},
  });
}

export const sql = connect(5);

/** Whether the database could not be reached, so that the same request may work in a moment. */
export function isUnavailable(error: unknown): boolean {
  const { code = "" } = error as { code?: string };
  return /^(ECONN|ENOTFOUND|EAI_AGAIN|CONNECT|57P0)/.test(code);
}

import type { AppValues } from "../settings.ts";

/** The database cannot be used now, and the query is not the cause. The message is one line. */
export class DatabaseUnavailable extends Error {
  override readonly name = "DatabaseUnavailable";
}

/** SQLSTATE classes: 08 connection, 28 authorization, 53 resources, 57 shutdown or cancelled query. */
const UNAVAILABLE_STATE = /^(08|28|53|57)[0-9A-Z]{3}$|^3D000$/;
/** Codes of the driver (CONNECT_TIMEOUT) and of the network (ECONNREFUSED, EAI_AGAIN). */
const UNAVAILABLE_LINK = /^(CONNECT(ION)?_[A-Z_]+|E(?!RR_)[A-Z_]+)$/;
/** A retry does not help: the password is refused, or the database does not exist. */
const PERMANENT = /^(28[0-9A-Z]{3}|3D000)$/;

export function isUnavailable(error: unknown): boolean {
  const { code } = rootOf(error);
  return UNAVAILABLE_STATE.test(code) || UNAVAILABLE_LINK.test(code);
}

export function isPermanent(error: unknown): boolean {
  return PERMANENT.test(rootOf(error).code);
}

export function reasonOf(error: unknown, values: AppValues): string {
  const { code, message } = rootOf(error);
  const { username, host, pathname } = new URL(values.databaseUrl);
  const file = values.databasePasswordFile || "DATABASE_PASSWORD_FILE is not set";
  switch (code) {
    case "28P01":
    case "28000":
      return `the database ${host} refuses the password of user ${username} (${file}): use the one that the role has there`;
    case "3D000":
      return `the database server ${host} has no database "${pathname.slice(1)}": create it or correct DATABASE_URL`;
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return `the host name in DATABASE_URL (${host}) is unknown: is the database running?`;
    case "ECONNREFUSED":
      return `nothing listens at ${host}: is the database running?`;
    case "SELF_SIGNED_CERT_IN_CHAIN":
    case "DEPTH_ZERO_SELF_SIGNED_CERT":
    case "UNABLE_TO_GET_ISSUER_CERT_LOCALLY":
    case "UNABLE_TO_VERIFY_LEAF_SIGNATURE":
      return `the certificate of the database ${host} is not trusted (${code}): DATABASE_CA_FILE names its authority's`;
    case "CONNECT_TIMEOUT":
      return `no connection to the database at ${host} within ${values.connectTimeout} ms: is it running and reachable?`;
    default:
      return `${message.replaceAll(/\s+/g, " ")}${code && ` (${code})`}`;
  }
}

/** drizzle wraps the driver's error, and Node wraps one error per address of a host. */
function rootOf(error: unknown): { code: string; message: string } {
  if (!(error instanceof Error)) return { code: "", message: String(error) };
  if (error.cause instanceof Error) return rootOf(error.cause);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return { code, message: error.message };
}

import { type ConnectionOptions, checkServerIdentity } from "node:tls";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import postgres from "postgres";
import { UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { DATABASE_AUTHORITY } from "../secrets/secrets.ts";

/** Seconds. A managed server that sleeps needs a moment to wake up. */
const CONNECT_TIMEOUT = 10;

/** Why a server does not let a user in, and what to do. */
export interface Refusal {
  readonly text: string;
  readonly exitCode: number;
}

/** Why a Postgres server does not let this user in, and what to do; undefined if it does. */
export async function refusal(
  url: string,
  password: string,
  ca: string,
): Promise<Refusal | undefined> {
  const sql = postgres(...connection(url, password, ca));
  try {
    await sql`select 1`;
    return undefined;
  } catch (error) {
    return explain(url, error as NodeJS.ErrnoException);
  } finally {
    await sql.end({ timeout: 1 });
  }
}

type TlsOption =
  | "prefer"
  | "require"
  | Pick<ConnectionOptions, "ca" | "checkServerIdentity">
  | false;

/** The driver's parameters: sslmode as libpq means it. */
function connection(url: string, password: string, ca: string) {
  const address = new URL(url);
  const ssl = tlsOf(address.searchParams.get("sslmode") ?? "disable", address.hostname, ca);
  address.search = "";
  const options = { password, ssl, max: 1, connect_timeout: CONNECT_TIMEOUT, fetch_types: false };
  return [address.href, { ...options, onnotice: () => {} }] as const;
}

function tlsOf(mode: string, host: string, ca: string): TlsOption {
  const authority = ca === "" ? {} : { ca };
  const anyName = { checkServerIdentity: () => undefined };
  switch (mode) {
    case "disable":
      return false;
    case "allow":
    case "prefer":
      return "prefer";
    case "require":
      return ca === "" ? "require" : { ...authority, ...anyName };
    case "verify-ca":
      return { ...authority, ...anyName };
    default: {
      // For an address, the driver would have Node look for the name localhost in the certificate.
      const name = host.replaceAll(/[[\]]/g, "");
      return { ...authority, checkServerIdentity: (_, peer) => checkServerIdentity(name, peer) };
    }
  }
}

function explain(url: string, { code = "", message }: NodeJS.ErrnoException): Refusal {
  const { host, username, pathname } = new URL(url);
  const setting = (text: string): Refusal => ({ text, exitCode: CONFIG_EXIT_CODE });
  const absent = (text: string): Refusal => ({ text, exitCode: UNAVAILABLE_EXIT_CODE });
  if (/^28/.test(code)) {
    return setting(
      `the server refuses ${username} (${message}): put the URL with the right password there once more`,
    );
  }
  if (code === "3D000") return setting(`the server has no database ${pathname.slice(1)}`);
  if (/^E(NOTFOUND|AI_AGAIN)$/.test(code)) return absent("no such host: correct the name");
  if (/^(ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|CONNECT_TIMEOUT)$/.test(code)) {
    return absent(
      `no server responds at ${host} (${code}): start it, or open its firewall for this host`,
    );
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    return setting(`${message}: use a name of the certificate, or sslmode=verify-ca`);
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO/.test(code)) {
    return setting(
      `its certificate is not trusted (${code}): put its authority's certificate into secrets/${DATABASE_AUTHORITY}`,
    );
  }
  if (/^(ECONNRESET|CONNECTION_CLOSED|EPROTO)$/.test(code) || /^ERR_SSL/.test(code)) {
    return setting(
      `the connection broke off (${code}): has the server TLS? Without it, sslmode=disable`,
    );
  }
  return setting(`${message} (${code})`);
}

/** How a connection to Postgres is encrypted and checked: the words of libpq. */
export const SSL_MODES = ["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/** The form of DATABASE_URL, for messages. */
export const DATABASE_URL_FORM =
  "postgres://user:password@host:port/database, with ?sslmode=require or verify-full where the server has TLS, and with %40 for @, %2F for /, %23 for # and %3F for ? in the password";

/** A URL of a database without what must not stand in an environment. */
export interface DatabaseAddress {
  readonly url: string;
  /** Undefined if the URL had none. */
  readonly password: string | undefined;
  /** The path of the certificates that the URL names (libpq's sslrootcert); undefined if it names none. */
  readonly authority: string | undefined;
}

/** Whether a word is a URL of one Postgres server, with a user and a database. */
export function isDatabaseUrl(word: string): boolean {
  if (!/^postgres(ql)?:\/\/[^\s#]+$/.test(word) || !URL.canParse(word)) return false;
  const { username, password, hostname, pathname, searchParams } = new URL(word);
  const mode = searchParams.get("sslmode");
  return (
    username !== "" &&
    hostname !== "" &&
    isEncoded(password) &&
    /^\/[^/]+$/.test(pathname) &&
    (mode === null || SSL_MODES.includes(mode))
  );
}

/** Takes password and certificates out of a URL that `isDatabaseUrl` allows. */
export function takeApart(word: string): DatabaseAddress {
  const url = new URL(word);
  const password = url.password === "" ? undefined : decodeURIComponent(url.password);
  const certificates = url.searchParams.get("sslrootcert") ?? undefined;
  // As libpq does: with the authorities of the system, nothing less is checked.
  if (certificates === "system") url.searchParams.set("sslmode", "verify-full");
  const authority = certificates === "system" ? undefined : certificates;
  url.password = "";
  url.searchParams.delete("sslrootcert");
  // Only libpq knows it; the servers of drivers that pass it on refuse it.
  url.searchParams.delete("channel_binding");
  return { url: url.href, password, authority };
}

function isEncoded(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

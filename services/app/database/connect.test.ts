import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { ConnectionOptions, PeerCertificate } from "node:tls";
import { readSettings } from "@gatehouse/settings";
import { appSettings } from "../settings.ts";
import { connect } from "./connect.ts";

const folder = await mkdtemp(join(tmpdir(), "connect-"));
after(() => rm(folder, { recursive: true }));
const authority = join(folder, "ca.crt");
await writeFile(authority, "PEM of a provider\n");
const none = join(folder, "none.crt");
await writeFile(none, "");

/** What the driver is given. Nothing connects before the first query. */
function optionsFor(query: string, file = none, host = "db.example.net") {
  const environment = {
    DATABASE_URL: `postgres://site@${host}/shop${query}`,
    DATABASE_CA_FILE: file,
  };
  return connect(readSettings(appSettings, environment, []).values, 1, {}).options;
}

/** How far a server's certificate is checked: "no TLS", "nothing", "authority" or "authority and name". */
function checked(query: string, file?: string): string {
  const ssl: unknown = optionsFor(query, file).ssl;
  if (ssl === false) return "no TLS";
  if (typeof ssl === "string") return "nothing";
  return accepts(ssl, "another.example.net") ? "authority" : "authority and name";
}

/** Whether a certificate for a name or an address is accepted, after its authority. */
function accepts(ssl: unknown, name: string): boolean {
  const subjectaltname = `${isIP(name) === 0 ? "DNS" : "IP Address"}:${name}`;
  const peer = { subject: { CN: "localhost" }, subjectaltname } as unknown as PeerCertificate;
  const { checkServerIdentity } = ssl as Pick<ConnectionOptions, "checkServerIdentity">;
  // As the driver has Node call it for an address.
  return checkServerIdentity?.("localhost", peer) === undefined;
}

test("sslmode means what it means in libpq", () => {
  assert.equal(checked(""), "no TLS");
  assert.equal(checked("?sslmode=disable"), "no TLS");
  assert.equal(checked("?sslmode=prefer"), "nothing");
  assert.equal(checked("?sslmode=require"), "nothing");
  assert.equal(checked("?sslmode=require", authority), "authority");
  assert.equal(checked("?sslmode=verify-ca", authority), "authority");
  assert.equal(checked("?sslmode=verify-full", authority), "authority and name");
});

test("a given authority is the only one that is trusted, and an empty file leaves Node's own", () => {
  const authorityOf = (file: string) =>
    (optionsFor("?sslmode=verify-full", file).ssl as { ca?: string }).ca;
  assert.equal(authorityOf(authority), "PEM of a provider\n");
  assert.equal(authorityOf(none), undefined);
});

test("the certificate must be for the host of the URL, a name or an address", () => {
  for (const [host, name] of [
    ["db.example.net", "db.example.net"],
    ["192.0.2.7", "192.0.2.7"],
    ["[2001:db8::7]", "2001:db8::7"],
  ] as const) {
    const { ssl } = optionsFor("?sslmode=verify-full", authority, host);
    assert.equal(accepts(ssl, name), true, host);
    assert.equal(accepts(ssl, "192.0.2.8"), false, host);
    assert.equal(accepts(ssl, "localhost"), false, host);
  }
});

test("an unknown sslmode is an error, and not a connection without TLS", () => {
  assert.throws(() => optionsFor("?sslmode=on"), /sslmode=on is unknown: use disable, /);
});

test("what only libpq understands is not sent to the server", () => {
  const { connection } = optionsFor(
    "?sslmode=require&channel_binding=require&options=-cwork_mem%3D1MB",
  );
  assert.equal("channel_binding" in connection, false);
  assert.equal("sslmode" in connection, false);
  assert.equal((connection as Record<string, unknown>).options, "-cwork_mem=1MB");
});

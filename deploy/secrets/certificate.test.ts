import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { checkServerIdentity, connect, createServer } from "node:tls";
import { isAuthority, makeAuthority } from "./authority.ts";
import { certificateNames, daysLeft, makeCertificate, renewalReason } from "./certificate.ts";
import { keyToPem, newKeys, SIGNATURE } from "./pem.ts";
import { X509CertificateGenerator } from "./x509.ts";

const now = new Date();
const names = certificateNames("127.0.0.1");
const authority = await makeAuthority("gatehouse-test", now);
const leaf = await makeCertificate(authority, names, now);

const later = (days: number): Date => new Date(now.getTime() + days * 86_400_000);

test("a client that trusts the authority accepts the certificate under each of its names", async (t) => {
  const server = createServer({ key: leaf.key, cert: leaf.certificate });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  const { port } = server.address() as AddressInfo;
  for (const name of names) {
    const socket = connect({
      host: "127.0.0.1",
      port,
      ca: authority.certificate,
      checkServerIdentity: (_, certificate) => checkServerIdentity(name, certificate),
    });
    await once(socket, "secureConnect");
    assert.equal(socket.authorized, true, name);
    socket.destroy();
  }
});

test("a certificate is valid for 825 days at most and never outlasts its authority", () => {
  assert.ok(daysLeft(leaf.certificate, now) <= 825);
  assert.ok(new X509Certificate(leaf.certificate).validToDate > later(365));
});

test("a certificate that still serves is left alone", () => {
  assert.equal(renewalReason(leaf, authority.certificate, names, now), undefined);
});

test("a certificate near its end, or without a wanted name, is renewed", () => {
  const reason = renewalReason(leaf, authority.certificate, names, later(800));
  assert.equal(reason, "it was about to expire");
  const more = certificateNames("192.0.2.7");
  const missing = renewalReason(leaf, authority.certificate, more, now);
  assert.equal(missing, "it lacked the name 192.0.2.7");
});

test("a certificate of an earlier authority of ours is renewed, one of another issuer stays", async () => {
  const other = await makeAuthority("gatehouse-test", now);
  assert.equal(renewalReason(leaf, other.certificate, names, now), "the local CA is new");
  const keys = await newKeys();
  const own = await X509CertificateGenerator.createSelfSigned({
    name: "CN=example.org",
    keys,
    signingAlgorithm: SIGNATURE,
  });
  const pair = { certificate: own.toString("pem"), key: await keyToPem(keys.privateKey) };
  assert.equal(renewalReason(pair, authority.certificate, names, later(360)), undefined);
});

test("an authority needs both of its halves and an end in the future", async () => {
  const other = await makeAuthority("gatehouse-test", now);
  assert.equal(isAuthority(authority, now), true);
  assert.equal(isAuthority({ ...authority, key: other.key }, now), false);
  assert.equal(isAuthority({ certificate: "", key: "" }, now), false);
  assert.equal(isAuthority(authority, later(3660)), false);
});

test("addresses of all interfaces are no names", () => {
  assert.equal(certificateNames("0.0.0.0").includes("0.0.0.0"), false);
  assert.equal(certificateNames("192.0.2.7").includes("192.0.2.7"), true);
});

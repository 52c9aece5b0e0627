import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { checkServerIdentity, connect, createServer } from "node:tls";
import { isAuthority, makeAuthority } from "./authority.ts";
import { certificateNames, daysLeft, makeCertificate, renewalReason } from "./certificate.ts";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  keyFromPem,
  newKeys,
  X509Certificate as ParsedCertificate,
  pairOf,
  SIGNATURE,
  X509CertificateGenerator,
} from "./x509.ts";

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

test("a certificate is valid for at most 825 days, and not longer than its authority", () => {
  assert.ok(daysLeft(leaf.certificate, now) <= 825);
  assert.ok(new X509Certificate(leaf.certificate).validToDate > later(365));
});

test("a valid certificate stays", () => {
  assert.equal(renewalReason(leaf, authority.certificate, names, now), undefined);
});

test("a certificate that expires soon, or lacks a name, is renewed", () => {
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
  const pair = pairOf(own, keys);
  assert.equal(renewalReason(pair, authority.certificate, names, later(360)), undefined);
});

/** The error of a client that trusts `ca`, for a server with this certificate chain. */
async function verificationError(
  key: string,
  chain: string,
  ca: string,
): Promise<string | undefined> {
  const server = createServer({ key, cert: chain }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const socket = connect({ host: "127.0.0.1", port, ca, servername: "localhost" });
  try {
    await once(socket, "secureConnect");
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code;
  } finally {
    socket.destroy();
    server.close();
  }
}

test("a client rejects a certificate that an authority below ours has signed", async () => {
  const keys = await newKeys();
  const issuer = new X509Certificate(authority.certificate);
  const below = await X509CertificateGenerator.create({
    subject: "CN=below",
    issuer: issuer.subject.replace("\n", ", "),
    notBefore: now,
    notAfter: later(10),
    publicKey: keys.publicKey,
    signingKey: keyFromPem(authority.key),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(true, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign, true),
    ],
  });
  const pair = pairOf(below, keys);
  const forged = await makeCertificate(pair, ["localhost"], now);
  const chain = `${forged.certificate}\n${pair.certificate}\n`;
  assert.equal(
    await verificationError(forged.key, chain, authority.certificate),
    "PATH_LENGTH_EXCEEDED",
  );
  assert.equal(
    await verificationError(leaf.key, leaf.certificate, authority.certificate),
    undefined,
  );
});

test("an authority needs a matching key and must not have expired", async () => {
  const other = await makeAuthority("gatehouse-test", now);
  assert.equal(isAuthority(authority, now), true);
  assert.equal(isAuthority({ ...authority, key: other.key }, now), false);
  assert.equal(isAuthority({ certificate: "", key: "" }, now), false);
  assert.equal(isAuthority(authority, later(3660)), false);
  // RFC 5280, section 4.1.2.5: notAfter itself belongs to the validity.
  const end = new X509Certificate(authority.certificate).validToDate;
  assert.equal(isAuthority(authority, end), true);
  assert.equal(isAuthority(authority, new Date(end.getTime() + 1)), false);
});

test("a client must know what an authority may do, and what a server's key is for", () => {
  // RFC 5280: 4.2.1.9 for basicConstraints, 4.2.1.3 for keyUsage.
  for (const { certificate } of [authority, leaf]) {
    const { extensions } = new ParsedCertificate(certificate);
    const critical = Array.from(extensions).filter((one) => one.critical);
    const names = critical.map(({ type }) => type);
    assert.deepEqual(names, ["2.5.29.19", "2.5.29.15"]);
  }
});

test("a certificate has a subject, because its list of names is not critical", () => {
  // RFC 5280, section 4.2.1.6: without a subject, subjectAltName must be critical.
  assert.match(new X509Certificate(leaf.certificate).subject ?? "", /^CN=localhost$/m);
});

test("the address of all interfaces is not a name in the certificate", () => {
  assert.equal(certificateNames("0.0.0.0").includes("0.0.0.0"), false);
  assert.equal(certificateNames("192.0.2.7").includes("192.0.2.7"), true);
});

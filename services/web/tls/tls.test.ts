import assert from "node:assert/strict";
import { once } from "node:events";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { makeCertificate } from "../testing/certificate.ts";
import { startHttps } from "../testing/https.ts";

async function shake(t: TestContext, port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

test("TLS 1.3 and 1.2 are spoken, with forward secrecy; what is older is refused", async (t) => {
  const { edge } = await startHttps(t, {});
  const port = edge.ports.https ?? 0;
  const newest = await shake(t, port, {});
  assert.equal(newest.getProtocol(), "TLSv1.3");
  const older = await shake(t, port, { maxVersion: "TLSv1.2" });
  assert.equal(older.getProtocol(), "TLSv1.2");
  assert.match(older.getCipher().name, /^ECDHE-.*(GCM|POLY1305)/);
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
  await assert.rejects(shake(t, port, old), /alert protocol version/);
  for (const ciphers of ["AES128-SHA", "ECDHE-ECDSA-AES128-SHA", "DHE-RSA-AES128-GCM-SHA256"]) {
    const weak = shake(t, port, { maxVersion: "TLSv1.2", ciphers });
    await assert.rejects(weak, /handshake failure|no ciphers available/, ciphers);
  }
});

test("the server's order of ciphers counts, except for a client that wants ChaCha20 first", async (t) => {
  const { edge } = await startHttps(t, {});
  const cipherFor = async (ciphers: string) => {
    const options = { maxVersion: "TLSv1.2", ciphers } as const;
    return (await shake(t, edge.ports.https ?? 0, options)).getCipher().name;
  };
  const [aes128, aes256, chacha] = [
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
  ];
  assert.equal(await cipherFor(`${aes256}:${aes128}`), aes128);
  assert.equal(await cipherFor(`${chacha}:${aes128}`), chacha);
});

test("HTTP/2 is agreed on where the client knows it, and nothing where both know none", async (t) => {
  // The client of HTTP/2 says nothing more, and so does not leave either.
  const { edge } = await startHttps(t, { gracefulTimeout: 50 });
  const port = edge.ports.https ?? 0;
  const agreed = async (ALPNProtocols: string[]) =>
    (await shake(t, port, { ALPNProtocols })).alpnProtocol;
  assert.equal(await agreed(["http/1.1", "h2"]), "h2");
  assert.equal(await agreed(["http/1.1"]), "http/1.1");
  await assert.rejects(agreed(["spdy/3"]), /no application protocol/);
});

test("a client that renegotiates is cut off", async (t) => {
  const { edge } = await startHttps(t, {});
  const socket = await shake(t, edge.ports.https ?? 0, { maxVersion: "TLSv1.2" });
  const refused = Promise.withResolvers<Error | null>();
  socket.once("error", refused.resolve);
  socket.renegotiate({}, refused.resolve);
  assert.match(String(await refused.promise), /no renegotiation|ECONNRESET|socket hang up/);
});

test("of several certificates a client gets the one for the server that it names", async (t) => {
  const [own, shop, wild] = await Promise.all([
    makeCertificate(t, ["127.0.0.1"]),
    makeCertificate(t, ["shop.example"]),
    makeCertificate(t, ["*.wild.example"]),
  ]);
  const { edge } = await startHttps(t, {
    tlsCertificate: [own, shop, wild].map(({ certificateFile }) => certificateFile),
    tlsKey: [own, shop, wild].map(({ keyFile }) => keyFile),
  });
  const named = async (servername?: string) => {
    const socket = await shake(t, edge.ports.https ?? 0, servername ? { servername } : {});
    return socket.getPeerX509Certificate()?.subjectAltName;
  };
  assert.equal(await named(), "IP Address:127.0.0.1");
  assert.equal(await named("shop.example"), "DNS:shop.example");
  assert.equal(await named("SHOP.example"), "DNS:shop.example");
  assert.equal(await named("a.wild.example"), "DNS:*.wild.example");
  assert.equal(await named("unknown.example"), "IP Address:127.0.0.1");
});

import assert from "node:assert/strict";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { type ConnectionOptions, connect, createServer, type TLSSocket } from "node:tls";

import { makeCertificateFor, RSA, startHttps } from "../testing/https.ts";
import { TLS_POLICY } from "./policy.ts";

async function shake(t: TestContext, port: number, options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect({ host: "127.0.0.1", port, rejectUnauthorized: false, ...options });
  t.after(() => socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

test("TLS 1.3 and 1.2 are spoken; what is older is refused", async (t) => {
  const { edge } = await startHttps(t, {});
  const port = edge.ports.https ?? 0;
  const newest = await shake(t, port, {});
  assert.equal(newest.getProtocol(), "TLSv1.3");
  const older = await shake(t, port, { maxVersion: "TLSv1.2" });
  assert.equal(older.getProtocol(), "TLSv1.2");
  const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "ALL:@SECLEVEL=0" } as const;
  await assert.rejects(shake(t, port, old), /alert protocol version/);
});

for (const [kind, algorithm, best] of [
  ["ECDSA", undefined, "ECDHE-ECDSA-AES128-GCM-SHA256"],
  ["RSA", RSA, "ECDHE-RSA-AES128-GCM-SHA256"],
] as const) {
  test(`TLS 1.2 has forward secrecy and authenticated encryption, with a key of ${kind}`, async (t) => {
    const own = await makeCertificateFor(t, ["127.0.0.1"], 90, algorithm);
    const { edge } = await startHttps(t, {
      tlsCertificate: [own.certificateFile],
      tlsKey: [own.keyFile],
    });
    const port = edge.ports.https ?? 0;
    const choose = (ciphers: string) =>
      shake(t, port, { maxVersion: "TLSv1.2", ciphers: `${ciphers}:@SECLEVEL=0` });
    assert.equal((await choose("ALL")).getCipher().name, best);
    // No forward secrecy, no authenticated encryption, finite-field Diffie-Hellman.
    for (const ciphers of [`AES128-SHA`, `AES128-GCM-SHA256`, `ECDHE-${kind}-AES128-SHA`]) {
      await assert.rejects(choose(ciphers), /handshake failure/, ciphers);
    }
    await assert.rejects(choose("DHE-RSA-AES128-GCM-SHA256"), /handshake failure/);
  });
}

test("TLS 1.1 is refused even where ciphers and security level would allow it", async (t) => {
  const { key, ca: cert } = await makeCertificateFor(t, ["127.0.0.1"], 90, RSA);
  const ciphers = `${TLS_POLICY.ciphers}:AES128-SHA:@SECLEVEL=0`;
  const server = createServer({ ...TLS_POLICY, ciphers, key, cert }).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  const client = { ciphers: "AES128-SHA:@SECLEVEL=0", minVersion: "TLSv1" } as const;
  const accepted = await shake(t, port, { ...client, maxVersion: "TLSv1.2" });
  assert.equal(accepted.getCipher().name, "AES128-SHA");
  await assert.rejects(shake(t, port, { ...client, maxVersion: "TLSv1.1" }), /protocol version/);
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
    makeCertificateFor(t, ["127.0.0.1"]),
    makeCertificateFor(t, ["shop.example"]),
    makeCertificateFor(t, ["*.wild.example"]),
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

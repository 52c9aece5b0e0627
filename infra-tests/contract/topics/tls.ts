import assert from "node:assert/strict";
import { once } from "node:events";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { authority } from "../../stack/clone.ts";
import { call } from "../client.ts";
import { type Topic, through } from "../row.ts";

/** Makes a handshake. @throws its error */
async function shake(origin: string, options: ConnectionOptions): Promise<TLSSocket> {
  const { hostname, port } = new URL(origin);
  const socket = connect({ host: hostname, port: Number(port), ca: authority(), ...options });
  try {
    await once(socket, "secureConnect", { signal: AbortSignal.timeout(5_000) });
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  }
}

async function agreed(origin: string, options: ConnectionOptions) {
  const socket = await shake(origin, options);
  const { alpnProtocol } = socket;
  const negotiated = {
    protocol: socket.getProtocol(),
    alpn: alpnProtocol,
    cipher: socket.getCipher().name,
  };
  socket.destroy();
  return negotiated;
}

export const tls: Topic = {
  name: "tls",
  rows: [
    through(
      "certificate",
      "9110 4.3.4",
      "the certificate is signed by the clone's authority, for this name",
      async (s) => {
        assert.equal((await call(`${s.https}/`)).status, 200);
      },
    ),
    through("1.3", "8446", "TLS 1.3 is supported", async ({ https }) => {
      assert.equal((await agreed(https, { minVersion: "TLSv1.3" })).protocol, "TLSv1.3");
    }),
    through("1.2", "5246", "TLS 1.2 too, with forward secrecy and an AEAD", async ({ https }) => {
      const { protocol, cipher } = await agreed(https, { maxVersion: "TLSv1.2" });
      assert.equal(protocol, "TLSv1.2");
      assert.match(cipher, /^ECDHE-.*(GCM|CHACHA20)/);
    }),
    through("1.1", "8996", "TLS 1.1 is rejected", async ({ https }) => {
      const old = {
        minVersion: "TLSv1.1",
        maxVersion: "TLSv1.1",
        ciphers: "ALL@SECLEVEL=0",
      } as const;
      await assert.rejects(shake(https, old));
    }),
    through(
      "old ciphers",
      "9325 4.2",
      "a cipher without forward secrecy is rejected",
      async ({ https }) => {
        await assert.rejects(shake(https, { maxVersion: "TLSv1.2", ciphers: "AES128-GCM-SHA256" }));
      },
    ),
    through(
      "ALPN",
      "7301",
      "h2 and http/1.1 are offered, in the server's order",
      async ({ https }) => {
        assert.equal((await agreed(https, { ALPNProtocols: ["http/1.1", "h2"] })).alpn, "h2");
        assert.equal((await agreed(https, { ALPNProtocols: ["http/1.1"] })).alpn, "http/1.1");
      },
    ),
    through(
      "plain text",
      "",
      "plain HTTP on the TLS port gets an error or is closed",
      async (s) => {
        const response = await call(s.https.replace("https", "http")).catch(() => ({
          status: 400,
        }));
        assert.equal(response.status, 400);
      },
    ),
  ],
};

import "reflect-metadata";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import echo from "../../../examples/echo.ts";
import type { WebSettings } from "../settings.ts";
import { runEdge, startUpstream } from "./edge.ts";

const ECDSA = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
export const RSA = {
  name: "RSASSA-PKCS1-v1_5",
  hash: "SHA-256",
  modulusLength: 2048,
  publicExponent: new Uint8Array([1, 0, 1]),
};
const DAY = 24 * 3600 * 1000;

/**
 * Writes a self-signed certificate for these names; resolves with it and with where it lies.
 * @param days how long it is good for, from now on
 */
export async function makeCertificateFor(
  t: TestContext,
  names: readonly string[],
  days = 90,
  algorithm: typeof ECDSA | typeof RSA = ECDSA,
) {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: algorithm,
    notBefore: new Date(Date.now() - DAY),
    notAfter: new Date(Date.now() + days * DAY),
    extensions: [
      new SubjectAlternativeNameExtension(
        names.map((value) => ({ type: isIP(value) ? "ip" : "dns", value })),
      ),
    ],
  });
  const ca = certificate.toString("pem");
  const exported = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const key = PemConverter.encode(exported, "PRIVATE KEY");
  const [certificateFile, keyFile] = [join(folder, "crt"), join(folder, "key")];
  await writeFile(certificateFile, ca);
  await writeFile(keyFile, key);
  return { ca, key, certificateFile, keyFile };
}

/** Makes a certificate for 127.0.0.1; resolves with it and the settings for it. */
export async function makeCertificate(t: TestContext) {
  const { ca, certificateFile, keyFile } = await makeCertificateFor(t, ["127.0.0.1"]);
  return { ca, settings: { tlsCertificate: [certificateFile], tlsKey: [keyFile] } };
}

/** An edge with HTTPS in front of the echo application. */
export async function startHttps(t: TestContext, changes: Partial<WebSettings>) {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const edge = await runEdge(t, upstream, { https: "serve", ...settings, ...changes });
  return { ca, edge, origin: `https://127.0.0.1:${edge.ports.https}` };
}

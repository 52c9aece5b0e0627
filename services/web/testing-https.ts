import "reflect-metadata";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestContext } from "node:test";
import {
  PemConverter,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";
import echo from "../../examples/echo.ts";
import type { WebSettings } from "./settings.ts";
import { runEdge, startUpstream } from "./testing.ts";

const SIGNATURE = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** Writes a self-signed certificate for 127.0.0.1; resolves with it and the settings for it. */
export async function makeCertificate(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-tls-"));
  t.after(() => rm(folder, { recursive: true }));
  const keys = await crypto.subtle.generateKey(SIGNATURE, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [new SubjectAlternativeNameExtension([{ type: "ip", value: "127.0.0.1" }])],
  });
  const ca = certificate.toString("pem");
  const key = await crypto.subtle.exportKey("pkcs8", keys.privateKey);
  const [certificateFile, keyFile] = [join(folder, "crt"), join(folder, "key")];
  await writeFile(certificateFile, ca);
  await writeFile(keyFile, PemConverter.encode(key, "PRIVATE KEY"));
  return { ca, settings: { tlsCertificate: [certificateFile], tlsKey: [keyFile] } };
}

/** An edge with HTTPS in front of the echo application. */
export async function startHttps(t: TestContext, changes: Partial<WebSettings>) {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const edge = await runEdge(t, upstream, { https: "serve", ...settings, ...changes });
  return { ca, edge, origin: `https://127.0.0.1:${edge.ports.https}` };
}

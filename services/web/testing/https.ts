import type { TestContext } from "node:test";
import echo from "../../../examples/echo.ts";
import type { WebSettings } from "../settings.ts";
import { makeCertificate as make } from "./certificate.ts";
import { runEdge, startUpstream } from "./edge.ts";

/** Makes a certificate for 127.0.0.1; resolves with it and the settings for it. */
export async function makeCertificate(t: TestContext) {
  const { ca, certificateFile, keyFile } = await make(t, ["127.0.0.1"]);
  return { ca, settings: { tlsCertificate: [certificateFile], tlsKey: [keyFile] } };
}

/** An edge with HTTPS in front of the echo application. */
export async function startHttps(t: TestContext, changes: Partial<WebSettings>) {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const edge = await runEdge(t, upstream, { https: "serve", ...settings, ...changes });
  return { ca, edge, origin: `https://127.0.0.1:${edge.ports.https}` };
}

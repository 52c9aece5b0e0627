import assert from "node:assert/strict";
import { once } from "node:events";
import { request as requestHttp } from "node:http";
import { connect } from "node:http2";
import { request } from "node:https";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import { site } from "../site.ts";
import { runEdge, startUpstream } from "../testing/edge.ts";
import { makeCertificate } from "../testing/https.ts";
import { hstsFor, isLocalName } from "./hsts.ts";
import type { Site } from "./site.ts";

test("a site has HSTS once its public origin is https with a real name", () => {
  for (const origin of ["https://www.example.org", "https://shop.example.co.uk:8443"]) {
    assert.equal(hstsFor(origin), "max-age=31536000", origin);
  }
  for (const origin of [
    ...["http://www.example.org", "https://localhost:8443", "https://app.localhost"],
    ...["https://127.0.0.1:8443", "https://[::1]:8443", "https://192.0.2.1", "https://0x7f.1"],
    ...["https://shop.test", "https://db.internal", "https://printer.local", "https://web:8443"],
    ...["https://LOCALHOST", "https://shop.test.", "https://nas.home.arpa"],
  ]) {
    assert.equal(hstsFor(origin), undefined, origin);
  }
});

test("a local name is one label, or below a name that is no one's; an address is none", () => {
  for (const host of ["localhost:8443", "web", "a.localhost", "x.TEST:1", "x.local."]) {
    assert.ok(isLocalName(host), host);
  }
  for (const host of ["www.example.org:8443", "192.0.2.1:1", "[::1]:8443", "[2001:db8::1]"]) {
    assert.ok(!isLocalName(host), host);
  }
});

async function start(t: TestContext, publicOrigin: string, siteOf?: (of: WebSettings) => Site) {
  const { ca, settings } = await makeCertificate(t);
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    ({ url }, response) => {
      const own = url === "/own" ? { "Strict-Transport-Security": "max-age=1" } : {};
      response.writeHead(200, own).end("x");
    },
    undefined,
  );
  const { ports } = await runEdge(
    t,
    upstream,
    { https: "serve", publicOrigin, ...settings },
    siteOf,
  );
  const field = async (path: string, host = "www.example.org", secure = true) => {
    const port = secure ? ports.https : ports.http;
    const options = { host: "127.0.0.1", port, path, headers: { host } };
    const sent = secure ? request({ ...options, ca, servername: "" }) : requestHttp(options);
    const [response] = await once(sent.end(), "response");
    response.resume();
    return response.headers["strict-transport-security"];
  };
  return { ca, ports, field };
}

test("responses over HTTPS have HSTS, of every origin and version; over HTTP none has", async (t) => {
  const { ca, ports, field } = await start(t, "https://www.example.org");
  const year = "max-age=31536000";
  // Of the application, of a file that does not exist, and of a refusal.
  for (const path of ["/", "/assets/none.css", "/assets/%zz"]) {
    assert.equal(await field(path), year, path);
    assert.equal(await field(path, "www.example.org", false), undefined, path);
  }
  assert.equal(await field("/own"), "max-age=1", "the application's own one is kept");
  assert.equal(await field("/", "localhost:8443"), undefined, "other sites have this name, too");
  const session = connect(`https://127.0.0.1:${ports.https}`, { ca });
  t.after(() => session.destroy());
  const [head] = await once(
    session.request({ ":authority": "www.example.org" }).resume(),
    "response",
  );
  assert.equal(head["strict-transport-security"], year);
});

test("site.ts can have another HSTS, or none; a local origin has none", async (t) => {
  const preload = "max-age=63072000; includeSubDomains; preload";
  const withHsts = (hsts: string | undefined) => (settings: WebSettings) => ({
    ...site(settings),
    hsts,
  });
  const origin = "https://www.example.org";
  assert.equal(await (await start(t, origin, withHsts(preload))).field("/"), preload);
  assert.equal(await (await start(t, origin, withHsts(undefined))).field("/"), undefined);
  assert.equal(await (await start(t, "https://127.0.0.1:8443")).field("/"), undefined);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { copyFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import { Clients } from "../testing/clients.ts";
import { eventually, startUpstream } from "../testing/edge.ts";
import { type EdgeProcess, startEdgeProcess, temporaryFolder } from "../testing/edge-process.ts";
import { makeCertificate } from "../testing/https.ts";

const HUPS = 5;

/** The source of a site whose responses carry its generation. */
const siteOf = (generation: string) => `
import { words } from "./words.ts";
const route = { prefix: "/", name: "all", body: "stream", continues: "edge", cache: false,
  timeouts: {}, bodyLimit: undefined, rate: undefined };
export function site() {
  return { files: [], internal: [], routes: [route], headers: { "x-site": "${generation}", ...words } };
}
`;

async function start(t: TestContext, ...flags: string[]) {
  const folder = await temporaryFolder(t);
  const siteFile = join(folder, "site.ts");
  const wordsFile = join(folder, "words.ts");
  await writeFile(siteFile, siteOf("first"));
  await writeFile(wordsFile, 'export const words = { "x-words": "first" };');
  const { ca, settings } = await makeCertificate(t);
  const held = Promise.withResolvers<() => void>();
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      if (request.url === "/held") {
        response.write("begun,");
        held.resolve(() => response.end("ended"));
      } else response.end(request.url);
    },
    undefined,
  );
  const edge = startEdgeProcess(
    t,
    `--site=${siteFile}`,
    `--tls-certificate=${settings.tlsCertificate[0]}`,
    `--tls-key=${settings.tlsKey[0]}`,
    `--upstream=${upstream.address}:${upstream.port}`,
    `--upstream-admin-port=${upstream.adminPort}`,
    ...flags,
  );
  return { edge, ports: await edge.ready(), siteFile, wordsFile, ca, settings, held };
}

/** Sends HUP and waits for the nth outcome of that kind. */
async function hup(edge: EdgeProcess, outcome: RegExp, nth: number) {
  edge.child.kill("SIGHUP");
  return await edge.line(({ message }) => outcome.test(String(message)), nth);
}

const DONE = /^reload done/;
const REFUSED = /^reload refused/;

for (const workers of [1, 2]) {
  test(`five HUPs under load lose nothing and close nothing, with ${workers} workers`, async (t) => {
    const { edge, ports, siteFile, ca, held } = await start(
      t,
      `--workers=${workers}`,
      // The held response is silent until the last reload, however slow the machine is.
      "--upstream-silence=600000",
    );
    const long = fetch(`http://127.0.0.1:${ports.http}/held`).then((response) => response.text());
    const endLong = await held.promise;
    const clients = new Clients(ports, ca);
    t.after(() => clients.stop());
    await eventually(
      async () => clients.responses,
      (count) => count > 100,
    );
    for (let count = 1; count <= HUPS; count++) {
      await writeFile(siteFile, siteOf(`number ${count}`));
      await hup(edge, DONE, count);
      const before = clients.responses;
      await eventually(
        async () => clients.responses,
        (responses) => responses > before + 100,
      );
    }
    await clients.stop();
    t.diagnostic(JSON.stringify(clients.counts));
    assert.deepEqual(clients.failures, []);
    assert.equal(clients.closed, 0, "no kept connection was closed");
    assert.equal(clients.sites.at(-1), `number ${HUPS}`);
    endLong();
    assert.equal(await long, "begun,ended");
  });
}

test("what site.ts imports from its own folder is as new as the site itself", async (t) => {
  const { edge, ports, wordsFile } = await start(t);
  await writeFile(wordsFile, 'export const words = { "x-words": "second" };');
  await hup(edge, DONE, 1);
  const { headers } = await fetch(`http://127.0.0.1:${ports.http}/`);
  assert.equal(headers.get("x-words"), "second");
});

test("a site that cannot be served is refused with the reason, and the old one serves on", async (t) => {
  const { edge, ports, siteFile } = await start(t);
  const cases: readonly (readonly [name: string, source: string, reason: RegExp])[] = [
    ["a syntax error", "export function site( {", /site\.ts/],
    ["an error of its own", 'throw new Error("no such shop")', /no such shop/],
    ["no site", "export const other = 1", /exports no function called site/],
    ["no routes", "export const site = () => ({ files: [], internal: [] })", /routes: expected/],
    ["the end of its process", "process.exit(0)", /ended its process before it was loaded/],
    ["a prefix without slash", siteOf("x").replace('"/"', '"/a"'), /prefix "\/a": expected/],
    ["a header of two lines", siteOf("a\\r\\nb"), /Invalid character in header content/],
  ];
  for (const [at, [name, source, reason]] of cases.entries()) {
    await writeFile(siteFile, source);
    const line = await hup(edge, REFUSED, at + 1);
    assert.match(String(line.reason), reason, name);
    const { status, headers } = await fetch(`http://127.0.0.1:${ports.http}/`);
    assert.deepEqual([status, headers.get("x-site")], [200, "first"], name);
  }
  const metrics = await (await fetch(`http://127.0.0.1:${ports.admin}/metrics`)).text();
  assert.match(
    metrics,
    new RegExp(`^web_reloads_total\\{result="refused"\\} ${cases.length}$`, "m"),
  );
});

test("a worker that crashes while the site is broken is replaced once it is mended", async (t) => {
  const { edge, ports, siteFile } = await start(t);
  await writeFile(siteFile, "nothing that could be served");
  const status = await (await fetch(`http://127.0.0.1:${ports.admin}/status`)).json();
  const { workers } = status as { workers: { pid: number }[] };
  for (const { pid } of workers) process.kill(pid, "SIGKILL");
  await edge.message("worker cannot start");
  await writeFile(siteFile, siteOf("second"));
  const { headers } = await fetch(`http://127.0.0.1:${ports.http}/`);
  assert.equal(headers.get("x-site"), "second");
});

test("HUP serves a new certificate to new connections; a wrong key is refused", async (t) => {
  const { edge, ports, settings, ca } = await start(t);
  const [certificateFile = "", keyFile = ""] = [...settings.tlsCertificate, ...settings.tlsKey];
  const serial = async () => {
    const socket = connectTls({ host: "127.0.0.1", port: ports.https, rejectUnauthorized: false });
    await once(socket, "secureConnect");
    const { serialNumber } = socket.getPeerCertificate();
    socket.destroy();
    return serialNumber;
  };
  const kept = connectTls({ host: "127.0.0.1", port: ports.https, ca });
  t.after(() => kept.destroy());
  await once(kept, "secureConnect");
  const before = await serial();
  const other = await makeCertificate(t);
  await copyFile(other.settings.tlsCertificate[0] ?? "", certificateFile);
  const { reason } = await hup(edge, REFUSED, 1);
  assert.match(String(reason), /the certificate and the private key do not belong together/);
  assert.equal(await serial(), before);
  await copyFile(other.settings.tlsKey[0] ?? "", keyFile);
  await hup(edge, DONE, 1);
  assert.notEqual(await serial(), before);
  await writeFile(certificateFile, "rubbish");
  assert.match(String((await hup(edge, REFUSED, 2)).reason), /this is no certificate in PEM/);
  kept.write("GET /kept HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  assert.match(String(await kept.toArray()), /^HTTP\/1\.1 200 OK[\s\S]*\/kept$/);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { readdirSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { hostname } from "node:os";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { startGateway, temporaryFolder, writeModules } from "../testing/gateway-process.ts";

const SOURCE = `
export default function listener({ socket, headers }, response) {
  const { remoteAddress, remoteFamily, localAddress, localPort } = socket;
  response.end(JSON.stringify([remoteAddress, remoteFamily, localAddress, localPort, headers["x-forwarded-for"]]));
}`;

/** The name that the gateway gives to who checks it. */
async function announced(admin: string): Promise<string | null> {
  return (await fetch(`${admin}/readyz`)).headers.get("x-gateway-socket");
}

async function get(socketPath: string, headers: Record<string, string>): Promise<unknown> {
  const [response] = await once(request({ socketPath, path: "/", headers }).end(), "response");
  return JSON.parse(await text(response));
}

async function start(t: TestContext, sockets: string, ...flags: string[]) {
  const folder = await writeModules(t, { "app.mjs": SOURCE });
  const gateway = startGateway(
    t,
    `${folder}/app.mjs`,
    "--workers=1",
    `--socket-directory=${sockets}`,
    ...flags,
  );
  const port = Number(new URL(await gateway.ready()).port);
  return { gateway, port, admin: await gateway.admin() };
}

test("a gateway serves a Unix socket beside its port, and says its name where it is checked", async (t) => {
  const sockets = temporaryFolder(t);
  const { port, admin } = await start(t, sockets);
  const name = `${hostname()}-${port}.sock`;
  assert.equal(await announced(admin), name);
  assert.deepEqual(readdirSync(sockets), [name]);
  const forwarded = { "X-Forwarded-For": "203.0.113.7", "X-Forwarded-Proto": "https" };
  assert.deepEqual(
    await get(`${sockets}/${name}`, forwarded),
    ["127.0.0.1", "IPv4", "127.0.0.1", port, "203.0.113.7"],
    "the application sees a client of this host, whose forwarded fields are kept",
  );
  const overTcp = await (await fetch(`http://127.0.0.1:${port}/`)).json();
  assert.deepEqual(overTcp, ["127.0.0.1", "IPv4", "127.0.0.1", port, "127.0.0.1"]);
});

test("forwarded fields from the Unix socket are kept, whatever addresses are trusted", async (t) => {
  const sockets = temporaryFolder(t);
  const { port } = await start(t, sockets, "--trusted-proxies=192.0.2.1");
  const socket = `${sockets}/${hostname()}-${port}.sock`;
  const clientOf = async (chain: string) =>
    ((await get(socket, { "X-Forwarded-For": chain })) as unknown[])[4];
  assert.equal(await clientOf("203.0.113.7"), "203.0.113.7");
  assert.equal(await clientOf("1.2.3.4, 203.0.113.7"), "203.0.113.7", "only the peer is trusted");
  assert.equal(await clientOf("1.2.3.4, 127.0.0.1"), "127.0.0.1", "not its address in the field");
  assert.equal(await clientOf("203.0.113.7, 192.0.2.1"), "203.0.113.7", "behind a trusted proxy");
  const headers = { "X-Forwarded-For": "203.0.113.7" };
  const overTcp = await (await fetch(`http://127.0.0.1:${port}/`, { headers })).json();
  assert.equal((overTcp as unknown[])[4], "127.0.0.1", "over TCP the address counts");
});

test("the Unix socket of a killed gateway is replaced, and that of a stopped one is gone", async (t) => {
  const sockets = temporaryFolder(t);
  const first = await start(t, sockets);
  first.gateway.child.kill("SIGKILL");
  await first.gateway.exited;
  const name = `${hostname()}-${first.port}.sock`;
  assert.deepEqual(readdirSync(sockets), [name], "it was left behind");
  const second = await start(t, sockets, `--port=${first.port}`);
  assert.equal(await announced(second.admin), name);
  assert.ok(await get(`${sockets}/${name}`, {}));
  second.gateway.child.kill("SIGTERM");
  await second.gateway.exited;
  assert.deepEqual(readdirSync(sockets), []);
});

test("a request that came over the Unix socket is finished by a gateway that stops", async (t) => {
  const sockets = temporaryFolder(t);
  const folder = await writeModules(t, {
    "app.mjs": `export default (request, response) => {
      if (request.url !== "/slow") return response.end();
      response.write("begun ");
      setTimeout(() => response.end("and done"), 500);
    };`,
  });
  const flags = ["--workers=1", `--socket-directory=${sockets}`];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  await gateway.ready();
  const socketPath = `${sockets}/${readdirSync(sockets)[0]}`;
  const [response] = await once(request({ socketPath, path: "/slow" }).end(), "response");
  const body = text(response);
  gateway.child.kill("SIGTERM");
  assert.equal(await body, "begun and done");
  await gateway.exited;
});

test("without a folder there is no Unix socket", async (t) => {
  const folder = await writeModules(t, { "app.mjs": SOURCE });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  await gateway.ready();
  assert.equal(await announced(await gateway.admin()), null);
});

test("a folder that does not exist stops the start with the reason", async (t) => {
  const folder = await writeModules(t, { "app.mjs": SOURCE });
  writeFileSync(`${folder}/file`, "");
  const flags = ["--workers=1", `--socket-directory=${folder}/file`];
  const gateway = startGateway(t, `${folder}/app.mjs`, ...flags);
  const [code] = await gateway.exited;
  assert.notEqual(code, 0);
  assert.match(gateway.lines.map((line) => JSON.stringify(line)).join("\n"), /ENOTDIR|EACCES/);
});

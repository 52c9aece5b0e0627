import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
  writeModules,
} from "../testing/gateway-process.ts";

/** Says which requests it was called with; /busy keeps the processor until there is the file `over`. */
const APP = `import { rmSync } from "node:fs";
const isOver = () => {
  try {
    rmSync(new URL("over", import.meta.url));
    return true;
  } catch {
    return false;
  }
};
export default (request, response) => {
  if (request.url !== "/healthz") console.log(JSON.stringify({ message: "called", url: request.url }));
  if (request.url === "/later") {
    response.on("close", () => console.log(JSON.stringify({ message: "closed", whole: response.writableFinished })));
    return;
  }
  if (request.url === "/busy") {
    const until = performance.now() + 100;
    let over = false;
    while (!over || performance.now() < until) over ||= isOver();
  }
  response.end("done");
}`;

const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: a.example\r\n\r\n`;

async function open(t: TestContext, to: NetConnectOpts): Promise<Socket> {
  const socket = connect(to).on("error", () => undefined);
  t.after(() => socket.destroy());
  await once(socket, "connect");
  return socket;
}

const called = ({ lines }: GatewayProcess) =>
  lines.filter(({ message }) => message === "called").map(({ url }) => url);

const WAYS: Readonly<Record<string, (socket: Socket) => Promise<unknown>>> = {
  "closes its connection": (socket) => once(socket.destroy(), "close"),
  "closes its sending half": (socket) => new Promise<void>((sent) => socket.end(sent)),
  "resets its connection": (socket) => once(socket.resetAndDestroy(), "close"),
};

for (const [how, leave] of Object.entries(WAYS)) {
  for (const kind of ["new", "kept"] as const) {
    test(`who ${how} before its turn, a ${kind} one, costs the application nothing`, async (t) => {
      const folder = await writeModules(t, { "app.mjs": APP });
      const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
      const port = Number(new URL(await gateway.ready()).port);
      const to = { port, host: "127.0.0.1" };
      await checkLeaving(t, gateway, folder, to, kind, leave);
    });
  }
}

test("who closes its sending half while the application works has left", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const port = Number(new URL(await gateway.ready()).port);
  const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
  t.after(() => socket.destroy());
  socket.write(get("/later"));
  await gateway.line(({ url }) => url === "/later");
  socket.end();
  assert.equal(await text(socket), "");
  const { whole } = await gateway.line(({ message }) => message === "closed");
  assert.equal(whole, false);
  const { status } = await gateway.line(({ target }) => target === "/later");
  assert.equal(status, 499);
});

test("the same by the Unix socket", async (t) => {
  const folder = await writeModules(t, { "app.mjs": APP });
  const sockets = temporaryFolder(t);
  const gateway = startGateway(
    t,
    `${folder}/app.mjs`,
    "--workers=1",
    `--socket-directory=${sockets}`,
  );
  await gateway.ready();
  const port = new URL(await gateway.ready()).port;
  const to = { path: join(sockets, `${hostname()}-${port}.sock`) };
  await checkLeaving(t, gateway, folder, to, "new", (socket) => once(socket.destroy(), "close"));
  await checkLeaving(t, gateway, folder, to, "kept", (socket) => once(socket.destroy(), "close"));
});

async function checkLeaving(
  t: TestContext,
  gateway: GatewayProcess,
  folder: string,
  to: NetConnectOpts,
  kind: "new" | "kept",
  leave: (socket: Socket) => Promise<unknown>,
): Promise<void> {
  const kept =
    kind === "new" ? [] : await Promise.all(Array.from({ length: 5 }, () => open(t, to)));
  for (const socket of kept) {
    socket.write(get("/first"));
    await once(socket, "data");
  }
  const before = called(gateway).length;
  const busy = await open(t, to);
  busy.write(get("/busy"));
  await gateway.line(
    ({ url }) => url === "/busy",
    1 + called(gateway).filter((url) => url === "/busy").length,
  );
  const leaving =
    kind === "kept" ? kept : await Promise.all(Array.from({ length: 5 }, () => open(t, to)));
  for (const socket of leaving) await new Promise((sent) => socket.write(get("/left"), sent));
  await Promise.all(leaving.map(leave));
  const last = await open(t, to);
  await new Promise((sent) => last.write(get("/last"), sent));
  await writeFile(join(folder, "over"), "");
  await once(last, "data");
  assert.deepEqual(called(gateway).slice(before), ["/busy", "/last"]);
}

test("who waited for others reads that as its queue, and not as the application's time", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `export default (request, response) => {
      const until = performance.now() + (request.url === "/busy" ? 300 : 5);
      while (performance.now() < until);
      response.end("done");
    }`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1", "--health-path=off");
  const port = Number(new URL(await gateway.ready()).port);
  const sockets = await Promise.all(Array.from({ length: 20 }, () => open(t, { port })));
  for (const socket of sockets) {
    socket.write(get("/"));
    await once(socket, "data");
  }
  const [first, ...others] = sockets;
  first?.write(get("/busy"));
  for (const socket of others) socket.write(get("/"));
  const heads = await Promise.all(others.map(async (socket) => String(await once(socket, "data"))));
  const part = (name: string) => (head: string) =>
    Number(new RegExp(`\\b${name};dur=([\\d.]+)`).exec(head)?.[1] ?? 0);
  const application = heads.map(part("app")).sort((one, other) => one - other);
  const queue = heads.map(part("queue")).sort((one, other) => one - other);
  assert.ok((application[9] ?? 0) < 40, `app ${application}`);
  assert.ok((queue[9] ?? 0) > 40, `queue ${queue}`);
});

test("one client's waiting requests are called in turn with those of others", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `import { existsSync } from "node:fs";
    const over = new URL("over", import.meta.url);
    export default (request, response) => {
      const until = performance.now() + 5;
      while (performance.now() < until || (request.url === "/busy" && !existsSync(over)));
      if (request.url !== "/healthz") console.log(JSON.stringify({ message: "called", url: request.url }));
      response.end("done");
    }`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const port = Number(new URL(await gateway.ready()).port);
  const sockets = await Promise.all(Array.from({ length: 62 }, () => open(t, { port })));
  const send = (socket: Socket | undefined, target: string, client: string) =>
    new Promise((sent) => {
      const head = `GET ${target} HTTP/1.1\r\nHost: a.example\r\nX-Forwarded-For: ${client}\r\n\r\n`;
      socket?.write(head, sent);
    });
  for (const socket of sockets) {
    void send(socket, "/first", "10.0.0.3");
    await once(socket, "data");
  }
  const [busy, quiet, ...many] = sockets;
  const responses = Promise.all(sockets.map((socket) => once(socket, "data")));
  await send(busy, "/busy", "10.0.0.3");
  for (const socket of many) await send(socket, "/many", "10.0.0.1");
  await send(quiet, "/quiet", "10.0.0.2");
  await writeFile(join(folder, "over"), "");
  await responses;
  const order = called(gateway).slice(sockets.length);
  const position = order.indexOf("/quiet");
  assert.ok(
    position > 0 && position < 15,
    `the other client's is number ${position} of ${order.length}`,
  );
});

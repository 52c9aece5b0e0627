import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type NetConnectOpts, type Socket } from "node:net";
import { hostname } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import {
  type GatewayProcess,
  startGateway,
  temporaryFolder,
  writeModules,
} from "../testing/gateway-process.ts";

/** Says which requests it was called with; /busy keeps the processor until it is over. */
const APP = `export default (request, response) => {
  if (request.url !== "/healthz") console.log(JSON.stringify({ message: "called", url: request.url }));
  if (request.url === "/busy") {
    const until = performance.now() + 1500;
    while (performance.now() < until);
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

const WAYS: Readonly<Record<string, (socket: Socket) => void>> = {
  "closes its connection": (socket) => void socket.destroy(),
  "resets its connection": (socket) => void socket.resetAndDestroy(),
};

for (const [how, leave] of Object.entries(WAYS)) {
  for (const kind of ["new", "kept"] as const) {
    test(`who ${how} before its turn, a ${kind} one, costs the application nothing`, async (t) => {
      const folder = await writeModules(t, { "app.mjs": APP });
      const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
      const port = Number(new URL(await gateway.ready()).port);
      const to = { port, host: "127.0.0.1" };
      await checkLeaving(t, gateway, to, kind, leave);
    });
  }
}

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
  await checkLeaving(t, gateway, to, "new", (socket) => void socket.destroy());
  await checkLeaving(t, gateway, to, "kept", (socket) => void socket.destroy());
});

async function checkLeaving(
  t: TestContext,
  gateway: GatewayProcess,
  to: NetConnectOpts,
  kind: "new" | "kept",
  leave: (socket: Socket) => void,
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
  for (const socket of leaving) leave(socket);
  const last = await open(t, to);
  last.write(get("/last"));
  await once(last, "data");
  assert.deepEqual(called(gateway).slice(before), ["/busy", "/last"]);
}

import assert from "node:assert/strict";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { startGateway } from "../testing/gateway-process.ts";
import { PATIENT, SteadyLoad } from "../testing/steady-load.ts";

test("under load, a client that goes elsewhere when it is asked to loses no request to TERM", async (t) => {
  const flags = ["--workers=2", ...PATIENT, `--lame-duck=${stretched(1500)}`];
  const gateway = startGateway(t, "listener.ts", ...flags);
  const url = await gateway.ready(2);
  const admin = await gateway.admin();
  const load = new SteadyLoad(t, Number(new URL(url).port));
  await gateway.line(({ message }) => message === "access", 100);
  const before = load.responses;
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  assert.equal((await fetch(`${admin}/readyz`)).status, 503);
  assert.equal((await fetch(`${admin}/livez`)).status, 200);
  await gateway.line(({ message }) => message === "access", 250);
  await load.stop();
  assert.deepEqual(await gateway.exited, [0, null]);
  t.diagnostic(`${load.responses - before} responses after TERM, ${load.failures.length} failed`);
  assert.deepEqual(load.failures, []);
});

test("what had connected before TERM gets its response, even without a lame-duck time", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1", "--lame-duck=0");
  const { port } = new URL(await gateway.ready());
  const sockets = Array.from({ length: 50 }, () => connect(Number(port), "127.0.0.1"));
  const responses = sockets.map(async (socket) => (await socket.toArray()).join(""));
  // A client that connects and is then kept from sending would be closed after a moment.
  const send = (socket: Socket) =>
    new Promise((sent) => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n", sent));
  await Promise.all(sockets.map(send));
  gateway.child.kill("SIGTERM");
  for (const response of await Promise.all(responses)) {
    assert.match(response, /^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\nConnection: (close|keep-alive)\r\n/i);
  }
  assert.deepEqual(await gateway.exited, [0, null]);
});

test("event streams are ended in good order", async (t) => {
  const gateway = startGateway(t, "events.ts", "--workers=1");
  const stream = await fetch(await gateway.ready());
  const text = stream.text();
  gateway.child.kill("SIGTERM");
  assert.match(await text, /^data: hello\n\n/);
  assert.deepEqual(await gateway.exited, [0, null]);
});

test("a second TERM ends the lame-duck time", async (t) => {
  const gateway = startGateway(t, "listener.ts", "--workers=1", "--lame-duck=60000");
  await gateway.ready();
  gateway.child.kill("SIGTERM");
  await gateway.line(({ to }) => to === "draining");
  gateway.child.kill("SIGTERM");
  assert.deepEqual(await gateway.exited, [0, null]);
});

for (const signal of ["SIGINT", "SIGQUIT"] as const) {
  test(`${signal} ends at once, whatever is in flight`, async (t) => {
    const gateway = startGateway(t, "troubled.ts", "--workers=2", "--lame-duck=60000");
    const response = await fetch(`${await gateway.ready(2)}/wait?ms=60000`);
    gateway.child.kill(signal);
    await assert.rejects(response.text());
    assert.deepEqual(await gateway.exited, [0, null]);
  });
}

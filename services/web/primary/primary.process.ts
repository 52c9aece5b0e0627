import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { connect as connectTls } from "node:tls";
import echo from "../../../examples/echo.ts";
import { eventually, startUpstream } from "../testing/edge.ts";
import { type EdgeProcess, startEdgeProcess } from "../testing/edge-process.ts";
import { makeCertificate, makeCertificateFor } from "../testing/https.ts";

async function start(t: TestContext, ...flags: string[]) {
  const { address, port, adminPort } = await startUpstream(t, "127.0.0.2", echo, undefined);
  const upstream = [`--upstream=${address}:${port}`, `--upstream-admin-port=${adminPort}`];
  const edge = startEdgeProcess(t, "--https=off", ...upstream, ...flags);
  return { edge, ports: await edge.ready() };
}

async function status(edge: EdgeProcess) {
  const { admin } = await edge.ready();
  const response = await fetch(`http://127.0.0.1:${admin}/status`);
  return (await response.json()) as { state: string; workers: { pid: number }[] };
}

const pidsOf = async (edge: EdgeProcess) => (await status(edge)).workers.map(({ pid }) => pid);

test("a killed worker is replaced; meanwhile new connections wait instead of being refused", async (t) => {
  const { edge, ports } = await start(t);
  const [first = 0] = await pidsOf(edge);
  process.kill(first, "SIGKILL");
  const responses = Array.from({ length: 20 }, () => fetch(`http://127.0.0.1:${ports.http}/`));
  const statuses = (await Promise.all(responses)).map(({ status }) => status);
  assert.deepEqual(statuses, Array(20).fill(200));
  const [second] = await pidsOf(edge);
  assert.notEqual(second, first);
  assert.equal((await edge.message("worker died")).signal, "SIGKILL");
});

test("a stuck worker is killed and replaced", async (t) => {
  const { edge } = await start(t);
  const [stuck = 0] = await pidsOf(edge);
  process.kill(stuck, "SIGSTOP");
  await edge.message("worker stuck: it is killed");
  await eventually(
    () => pidsOf(edge),
    (pids) => pids.length === 1 && pids[0] !== stuck,
  );
});

test("several workers share the port, and their metrics are one sum", async (t) => {
  const { edge, ports } = await start(t, "--workers=2");
  await eventually(
    () => pidsOf(edge),
    (pids) => pids.length === 2,
  );
  const sockets = Array.from({ length: 40 }, () => connect(ports.http, "127.0.0.1"));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
  });
  for (const socket of sockets) socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  await Promise.all(sockets.map((socket) => once(socket, "data")));
  const metrics = async () => (await fetch(`http://127.0.0.1:${ports.admin}/metrics`)).text();
  const [all = 0] = (await eventually(metrics, (text) => text.includes("web_requests_total{")))
    .matchAll(/^web_requests_total\{.*\} (\d+)$/gm)
    .map(([, count]) => Number(count))
    .toArray();
  assert.equal(all, 40);
  const [killed = 0] = await pidsOf(edge);
  process.kill(killed, "SIGKILL");
  await edge.message("worker died");
  assert.match(await metrics(), /^web_requests_total\{.*\} 40$/m, "counters never fall");
  assert.match(await metrics(), /^web_worker_crashes_total 1$/m);
});

test("a setting or a certificate that cannot be served stops the start, with the reason", async (t) => {
  const edge = startEdgeProcess(t, "--tls-certificate=/missing.crt");
  const { reason } = await edge.message("the edge cannot start");
  assert.match(String(reason), /TLS file cannot be read.*\/missing\.crt/);
  assert.deepEqual(await edge.exited, [1, null]);
  const taken = startEdgeProcess(t, "--host=198.51.100.7");
  assert.match(String((await taken.message("the edge cannot start")).reason), /EADDRNOTAVAIL/);
  assert.deepEqual(await taken.exited, [1, null]);
});

test("TERM has kept connections closed, then responds to what is in flight, and ends with 0", async (t) => {
  const arrived = Promise.withResolvers<() => void>();
  const { address, port, adminPort } = await startUpstream(
    t,
    "127.0.0.3",
    (request, response) => {
      if (request.url === "/slow") arrived.resolve(() => response.end("done"));
      else response.end("ok");
    },
    undefined,
  );
  const edge = startEdgeProcess(
    t,
    "--https=off",
    `--upstream=${address}:${port}`,
    `--upstream-admin-port=${adminPort}`,
    "--lame-duck=60000",
  );
  const { http, admin } = await edge.ready();
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const send = async (path: string): Promise<IncomingMessage> => {
    const [response] = await once(get(`http://127.0.0.1:${http}${path}`, { agent }), "response");
    return response;
  };
  const before = await send("/");
  assert.equal(before.headers.connection, "keep-alive");
  await before.resume().toArray();
  const slow = send("/slow");
  const endSlow = await arrived.promise;
  edge.child.kill("SIGTERM");
  await edge.line(({ to }) => to === "draining");
  assert.equal(await (await fetch(`http://127.0.0.1:${admin}/readyz`)).text(), "draining\n");
  const closing = await eventually(
    () => send("/").then(async (response) => ({ response, body: await response.toArray() })),
    ({ response }) => response.headers.connection === "close",
  );
  assert.equal(String(closing.body), "ok");
  // The second TERM ends the lame-duck time.
  edge.child.kill("SIGTERM");
  await eventually(
    () =>
      fetch(`http://127.0.0.1:${http}/`).then(
        () => "open",
        () => "refused",
      ),
    (port) => port === "refused",
  );
  endSlow();
  assert.equal(String(await (await slow).toArray()), "done");
  assert.deepEqual(await edge.exited, [0, null]);
});

test("what had connected before TERM gets its response, even without a lame-duck time", async (t) => {
  const { edge, ports } = await start(t, "--lame-duck=0");
  const sockets = Array.from({ length: 50 }, () => connect(ports.http, "127.0.0.1"));
  const texts = sockets.map(async (socket) => (await socket.toArray()).join(""));
  const send = (socket: Socket) =>
    new Promise((sent) => socket.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n", sent));
  await Promise.all(sockets.map(send));
  edge.child.kill("SIGTERM");
  for (const text of await Promise.all(texts)) assert.match(text, /^HTTP\/1\.1 200 /);
  assert.deepEqual(await edge.exited, [0, null]);
});

test("what is not finished within the graceful timeout is cut", async (t) => {
  const arrived = Promise.withResolvers<void>();
  const { address, port, adminPort } = await startUpstream(
    t,
    "127.0.0.3",
    () => arrived.resolve(),
    undefined,
  );
  const edge = startEdgeProcess(
    t,
    "--https=off",
    `--upstream=${address}:${port}`,
    `--upstream-admin-port=${adminPort}`,
    "--lame-duck=0",
    "--graceful-timeout=300",
  );
  const { http } = await edge.ready();
  const cut = assert.rejects(fetch(`http://127.0.0.1:${http}/`));
  await arrived.promise;
  edge.child.kill("SIGTERM");
  await cut;
  assert.deepEqual(await edge.exited, [0, null]);
  await edge.message("graceful timeout: connections are cut");
});

test("a worker that does not end in time is killed, so that the edge ends", {
  timeout: 120_000,
}, async (t) => {
  const { edge } = await start(t, "--lame-duck=0", "--graceful-timeout=100");
  const [stuck = 0] = await pidsOf(edge);
  process.kill(stuck, "SIGSTOP");
  t.after(() => {
    try {
      process.kill(stuck, "SIGKILL");
    } catch {
      // It has ended, as it should.
    }
  });
  edge.child.kill("SIGTERM");
  assert.deepEqual(await edge.exited, [0, null]);
});

test("every worker accepts the session tickets of the others", async (t) => {
  const { settings } = await makeCertificate(t);
  const { address, port, adminPort } = await startUpstream(t, "127.0.0.2", echo, undefined);
  const edge = startEdgeProcess(
    t,
    `--upstream=${address}:${port}`,
    `--upstream-admin-port=${adminPort}`,
    `--tls-certificate=${settings.tlsCertificate[0]}`,
    `--tls-key=${settings.tlsKey[0]}`,
    "--workers=2",
  );
  const { https } = await edge.ready();
  await eventually(
    () => pidsOf(edge),
    (pids) => pids.length === 2,
  );
  const options = { host: "127.0.0.1", port: https, rejectUnauthorized: false };
  const first = connectTls(options);
  const [session] = await once(first, "session");
  first.destroy();
  // All at once, so that both workers get some of them.
  const sockets = Array.from({ length: 30 }, () => connectTls({ ...options, session }));
  await Promise.all(sockets.map((socket) => once(socket, "secureConnect")));
  const resumed = sockets.filter((socket) => socket.isSessionReused()).length;
  for (const socket of sockets) socket.destroy();
  assert.equal(resumed, 30);
});

test("a certificate that expires soon, or has expired, is reported in the log and in metrics", async (t) => {
  const soon = await makeCertificateFor(t, ["soon.example"], 10);
  const late = await makeCertificateFor(t, ["late.example"], -0.5);
  const { address, port, adminPort } = await startUpstream(t, "127.0.0.2", echo, undefined);
  const edge = startEdgeProcess(
    t,
    `--upstream=${address}:${port}`,
    `--upstream-admin-port=${adminPort}`,
    `--tls-certificate=${soon.certificateFile},${late.certificateFile}`,
    `--tls-key=${soon.keyFile},${late.keyFile}`,
  );
  assert.equal((await edge.message("certificate expires soon")).certificate, soon.certificateFile);
  assert.equal((await edge.message("certificate has expired")).certificate, late.certificateFile);
  const { admin } = await edge.ready();
  const metrics = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
  const [, expiry] =
    /^web_tls_certificate_expiry_timestamp_seconds\{certificate=".*"\} (\d+)$/m.exec(metrics) ?? [];
  const days = (Number(expiry) - Date.now() / 1000) / 86_400;
  assert.ok(days > 9.9 && days < 10, `${days} days`);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { startGateway, writeModules } from "../testing/gateway-process.ts";

const HEAD = "POST /upload HTTP/1.1\r\nHost: a.example\r\n";
const CHUNKED = `${HEAD}Transfer-Encoding: chunked\r\n\r\n`;

interface Seen {
  readonly began: readonly string[];
  readonly saw: readonly string[];
}

/** A raw connection to a gateway that remembers what it read, and all that comes back on it. */
async function start(t: TestContext, ...flags: string[]) {
  const gateway = startGateway(t, "witness.ts", "--workers=1", ...flags);
  const url = await gateway.ready();
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  client.setEncoding("latin1");
  t.after(() => client.destroy());
  await once(client, "connect");
  const port = client.localPort;
  const seen = async () => (await (await fetch(`${url}/seen?port=${port}`)).json()) as Seen;
  return { gateway, client, seen };
}

/** All that came back until the server closed. */
const heard = async (client: Socket) => (await client.toArray()).join("");

/** Sends the same again and again until the server has enough. */
function trickle(t: TestContext, client: Socket, bytes: string, interval: number) {
  const timer = setInterval(() => client.writable && client.write(bytes), interval);
  t.after(() => clearInterval(timer));
  client.on("end", () => clearInterval(timer));
}

test("a length above the limit is 413 at once, and 100-continue is not sent", async (t) => {
  const { client, seen } = await start(t, "--limit-request-body=1000");
  client.write(`${HEAD}Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n`);
  assert.match(await heard(client), /^HTTP\/1\.1 413 .*\r\n\r\na body above the limit/s);
  assert.deepEqual(await seen(), { began: [], saw: [] });
});

test("100-continue is sent where the request is let in", async (t) => {
  const { client, seen } = await start(t);
  client.write(`${HEAD}Expect: 100-continue\r\nContent-Length: 5\r\nConnection: close\r\n\r\n`);
  assert.deepEqual(await once(client, "data"), ["HTTP/1.1 100 Continue\r\n\r\n"]);
  client.write("hello");
  assert.match(await heard(client), /^HTTP\/1\.1 200 /);
  assert.deepEqual(await seen(), { began: ["POST /upload"], saw: ["POST /upload hello"] });
});

test("a body that grows above the limit is 413 while it streams, and never complete", async (t) => {
  const { gateway, client, seen } = await start(t, "--limit-request-body=1000");
  client.write(`${CHUNKED}3e8\r\n${"x".repeat(1000)}\r\n`);
  let began: Seen["began"] = [];
  while (began.length === 0) began = (await seen()).began;
  assert.deepEqual(began, ["POST /upload"]);
  trickle(t, client, "1\r\nx\r\n", 5);
  assert.match(await heard(client), /^HTTP\/1\.1 413 .*\r\n\r\na body that grew above the limit/s);
  assert.deepEqual(await seen(), { began: [], saw: [] });
  const access = await gateway.line(({ target }) => target === "/upload");
  assert.equal(access.status, 413);
});

test("a body of exactly the limit is read", async (t) => {
  const { client, seen } = await start(t, "--limit-request-body=5");
  client.write(`${CHUNKED}5\r\nhello\r\n0\r\n\r\nGET / HTTP/1.0\r\n\r\n`);
  await heard(client);
  assert.deepEqual((await seen()).saw.toSorted(), ["GET / ", "POST /upload hello"]);
});

for (const [kind, head, drop] of [
  ["counted", `${HEAD}Content-Length: 1000000\r\n\r\n`, "x"],
  ["chunked", CHUNKED, "1\r\nx\r\n"],
] as const) {
  test(`a ${kind} body below the minimum rate is 408`, async (t) => {
    const { client, seen } = await start(t, "--body-min-rate=1000", "--body-rate-window=500");
    client.write(head);
    trickle(t, client, drop, 20);
    assert.match(await heard(client), /^HTTP\/1\.1 408 .*\r\n\r\na body below the minimum rate/s);
    assert.deepEqual(await seen(), { began: ["POST /upload"], saw: [] });
  });
}

test("a body above the minimum rate may take many windows", async (t) => {
  // A tenth of what is sent would do.
  const window = stretched(500);
  const { client, seen } = await start(t, "--body-min-rate=100", `--body-rate-window=${window}`);
  client.write(`${HEAD}Content-Length: ${3 * window}\r\nConnection: close\r\n\r\n`);
  trickle(t, client, "x".repeat(50), 50);
  assert.match(await heard(client), /^HTTP\/1\.1 200 /);
  assert.equal((await seen()).saw.length, 1);
});

test("an application that is slow to read costs its client nothing", async (t) => {
  const window = stretched(300);
  const { client, seen } = await start(t, "--body-min-rate=1000", `--body-rate-window=${window}`);
  const body = "x".repeat(500_000);
  const target = `/lazy?ms=${3 * window}`;
  client.write(
    `POST ${target} HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 500000\r\n\r\n${body}`,
  );
  assert.match(await heard(client), /^HTTP\/1\.1 200 /);
  assert.equal((await seen()).saw[0]?.length, `POST ${target} ${body}`.length);
});

test("a head that trickles is 408 by the clock, however steadily it comes", async (t) => {
  const { gateway, client } = await start(t, `--headers-timeout=${stretched(500)}`);
  client.write("GET / HTTP/1.1\r\nHost: a.example\r\n");
  trickle(t, client, "X: 1\r\n", 50);
  const received = await heard(client);
  assert.match(received, /^HTTP\/1\.1 408 .*\r\n\r\na head that took too long/s);
  const line = await gateway.line(({ message }) => message === "refused");
  assert.deepEqual([line.status, line.client, line.level], [408, "127.0.0.1", "warn"]);
  assert.ok(received.includes(`X-Request-ID: ${line.request_id}`), received);
});

test("a connection on which nothing ever came is closed without a word", async (t) => {
  const { client } = await start(t, "--headers-timeout=300");
  assert.equal(await heard(client), "");
});

test("a client that breaks off its body is no refusal but a client that left", async (t) => {
  const { gateway, client } = await start(t);
  client.write(`${HEAD}Content-Length: 10\r\n\r\nhello`);
  client.end();
  const access = await gateway.line(({ message }) => message === "access");
  assert.equal(access.status, 499);
});

/** Applications that go on responding when the gateway has refused the body that they read. */
const LATE = {
  "in a timer": `export default (request, response) => {
    if (request.url === "/pid") return response.end(String(process.pid));
    request.on("error", () => undefined);
    setTimeout(() => {
      response.setHeader("X-Late", "1");
      response.writeHead(200, { "Content-Type": "text/plain" });
      response.write("late");
      response.end("later");
    }, 200);
  };`,
  "from a stream": `import { Readable } from "node:stream";
  export default (request, response) => {
    if (request.url === "/pid") return response.end(String(process.pid));
    request.on("error", () => undefined);
    async function* pieces() {
      await new Promise((soon) => setTimeout(soon, 200));
      for (let count = 0; count < 5; count++) yield "piece";
    }
    Readable.from(pieces()).pipe(response);
  };`,
  "as a Fetch response": `const soon = () => new Promise((soon) => setTimeout(soon, 100));
  export default { async fetch(request) {
    if (request.url.endsWith("/pid")) return new Response(String(process.pid));
    await soon();
    return new Response(new ReadableStream({ async pull(controller) {
      await soon();
      controller.enqueue(new TextEncoder().encode("piece"));
    } }));
  } };`,
};

for (const [how, source] of Object.entries(LATE)) {
  test(`an application that responds ${how} after its request was refused lives on`, async (t) => {
    const folder = await writeModules(t, { "app.mjs": source });
    const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
    const url = await gateway.ready();
    const pid = await (await fetch(`${url}/pid`)).text();
    const client = connect(Number(new URL(url).port), "127.0.0.1");
    client.setEncoding("latin1").write(`${CHUNKED}1\r\nx\r\nno size\r\n`);
    assert.match(await heard(client), /^HTTP\/1\.1 400 /);
    for (let count = 0; count < 20; count++) {
      await new Promise((soon) => setTimeout(soon, 25));
      assert.equal(await (await fetch(`${url}/pid`)).text(), pid);
    }
  });
}

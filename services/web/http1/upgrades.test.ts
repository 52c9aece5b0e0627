import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startUpstream } from "../testing/edge.ts";
import { RawClient } from "../testing/http1.ts";

const HANDSHAKE =
  "GET /live HTTP/1.1\r\nHost: a.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n" +
  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
const TAKEN =
  "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n";
const PAGE = "GET / HTTP/1.1\r\nHost: a.example\r\n\r\n";

/** An edge in front of an application that opens WebSockets at /live, and event streams at /events. */
async function start(t: TestContext, changes: Partial<WebSettings> = {}) {
  const seen: string[] = [];
  const upstream = await startUpstream(
    t,
    "127.0.0.2",
    (request, response) => {
      seen.push(request.url ?? "");
      if (request.url !== "/events") response.end("page");
      else response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
    },
    undefined,
  );
  upstream.site.on("upgrade", (request, socket) => {
    t.after(() => socket.destroy());
    if (request.url === "/live") socket.on("error", () => undefined).write(TAKEN);
    else socket.end("HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
    socket.pipe(socket);
  });
  const edge = await runEdge(t, upstream, { gracefulTimeout: 50, ...changes });
  const { admin, http } = edge.ports;
  const connections = async () => {
    const text = await (await fetch(`http://127.0.0.1:${admin}/metrics`)).text();
    return Number(/^web_connections\{listener="http"\} (\d+)/m.exec(text)?.[1]);
  };
  const page = async () => (await fetch(`http://127.0.0.1:${http}/`)).status;
  return { client: () => new RawClient(t, http), connections, page, seen };
}

test("a WebSocket handshake in one write with a request before it is served in its turn", async (t) => {
  const { client, page } = await start(t);
  const both = client().send(PAGE + HANDSHAKE);
  await both.until(({ statuses }) => statuses.length === 2);
  assert.deepEqual(both.statuses, [200, 101]);
  both.send("frames");
  await both.until(({ received }) => received.endsWith("frames"));
  assert.equal(await page(), 200);
});

test("what is sent behind a handshake belongs to the WebSocket, even if it looks like a request", async (t) => {
  const { client, seen } = await start(t);
  const socket = client().send(HANDSHAKE + PAGE);
  await socket.until(({ received }) => received.endsWith(PAGE));
  assert.deepEqual(seen, []);
});

const REFUSERS = { "the application": "/refused", "a folder of files": "/assets/none.js" };
const ENDINGS = {
  closes: ({ socket }: RawClient) => socket.end(),
  "sends three bytes": (client: RawClient) => client.send("abc"),
  "does nothing": () => undefined,
};

test("a refused handshake costs nothing", { concurrency: true }, async (t) => {
  const cases = Object.entries(REFUSERS).flatMap(([who, target]) =>
    Object.entries(ENDINGS).map(([how, end]) => ({
      name: `${who} refuses, its client ${how}`,
      target,
      end,
    })),
  );
  const run = ({ name, target, end }: (typeof cases)[number]) =>
    t.test(name, async (t) => {
      const { client, connections, page } = await start(t, { limitClientConnections: 50 });
      const refused = Array.from({ length: 50 }, () => client());
      for (const each of refused) each.send(HANDSHAKE.replace("/live", target));
      await Promise.all(refused.map((each) => each.until(({ statuses }) => statuses.length === 1)));
      for (const each of refused) end(each);
      await eventually(connections, (count) => count === 0);
      assert.equal(await page(), 200);
    });
  await Promise.all(cases.map(run));
});

test("event streams that are asked for in one write are opened one at a time", async (t) => {
  const { client, page, seen } = await start(t);
  const greedy = client().send(PAGE.replace("/", "/events").repeat(600));
  await greedy.until(({ received }) => received.includes("data: 1"));
  assert.equal(await page(), 200);
  assert.deepEqual(
    seen.filter((target) => target === "/events"),
    ["/events"],
  );
});

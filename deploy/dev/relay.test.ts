import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, get, type IncomingMessage, request } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { freePort } from "../testing.ts";
import { Relay } from "./relay.ts";

/** A relay in front of a server that responds with "the site". */
async function start(t: TestContext) {
  const server = createServer((_request, response) => response.end("the site")).listen(0);
  t.after(() => server.close().closeAllConnections());
  await once(server, "listening");
  const port = await freePort();
  const relay = await Relay.listen(port, (server.address() as AddressInfo).port);
  t.after(() => relay[Symbol.dispose]());
  return { relay, url: `http://127.0.0.1:${port}/` };
}

async function ask(
  url: string,
  options = {},
): Promise<{ response: IncomingMessage; body: string }> {
  const [response] = (await once(get(url, options), "response")) as [IncomingMessage];
  return { response, body: await text(response) };
}

const page = { html: "<p>broken</p>", text: "broken" };

test("every request gets the page while there is one, also on a connection that was open before", async (t) => {
  const { relay, url } = await start(t);
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  assert.equal((await ask(url, { agent })).body, "the site");
  // The relay has closed its end of the kept connection: the agent must see that first.
  const [socket] = Object.values(agent.freeSockets).flatMap((sockets) => sockets ?? []);
  relay.show(page);
  if (socket !== undefined && !socket.closed) await once(socket, "close");
  const { response, body } = await ask(url, { agent });
  assert.deepEqual([response.statusCode, body], [500, "broken"]);
  assert.equal((await ask(url, { headers: { accept: "text/html" } })).body, "<p>broken</p>");
  relay.show(undefined);
  assert.equal((await ask(url)).body, "the site");
});

test("a request with a body gets the page too, and HEAD gets none of it", async (t) => {
  const { relay, url } = await start(t);
  relay.show(page);
  const upload = request(url, { method: "POST", agent: false });
  upload.on("error", () => undefined).end(Buffer.alloc(1024 ** 2));
  const [response] = (await once(upload, "response")) as [IncomingMessage];
  assert.deepEqual([response.statusCode, await text(response)], [500, "broken"]);
  assert.equal((await ask(url, { method: "HEAD" })).body, "");
});

for (const [what, close] of [
  ["the relay closes to show another page", (relay: Relay, _: Socket) => relay.show(undefined)],
  ["its client resets", (_: Relay, client: Socket) => client.resetAndDestroy()],
] as const) {
  test(`a connection that ${what} before its request is whole is no error of the relay`, async (t) => {
    const { relay, url } = await start(t);
    relay.show(page);
    const client = connect(Number(new URL(url).port), "127.0.0.1");
    client.on("error", () => undefined);
    await once(client, "connect");
    client.write("GET / HTTP/1.1\r\n");
    // The relay has accepted the connection before this one, and reads its head.
    assert.equal((await ask(url)).body, "broken");
    const closed = once(client, "close");
    close(relay, client);
    await closed;
    relay.show(page);
    assert.equal((await ask(url)).body, "broken");
  });
}

test("a gateway that does not run is a closed connection, and no error of the relay", async () => {
  const port = await freePort();
  using _relay = await Relay.listen(port, await freePort());
  await assert.rejects(ask(`http://127.0.0.1:${port}/`), { code: "ECONNRESET" });
});

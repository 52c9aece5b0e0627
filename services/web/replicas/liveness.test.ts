import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { type TestContext, test } from "node:test";
import { Liveness } from "./liveness.ts";

/** An admin port that says this, and what it was asked. */
async function start(t: TestContext, listener: RequestListener) {
  const asked: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url);
    listener(request, response);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => server.close().closeAllConnections();
  t.after(close);
  const { port } = server.address() as AddressInfo;
  return { asked, close, liveness: new Liveness("127.0.0.1", port) };
}

test("any response shows that it lives, also that of a gateway which drains", async (t) => {
  const { liveness } = await start(t, (_, response) => response.writeHead(503).end("draining\n"));
  assert.equal(await liveness.ask(), true);
});

test("one that accepts and says nothing does not live, nor does one that accepts nothing", async (t) => {
  const { liveness, close } = await start(t, () => {});
  assert.equal(await liveness.ask(), false);
  close();
  assert.equal(await liveness.ask(), false);
});

test("many that ask at once are one request, and who asks later gets what is true then", async (t) => {
  let frozen = false;
  const { asked, liveness } = await start(t, (_, response) => {
    if (!frozen) response.end("ready\n");
  });
  const together = Array.from({ length: 20 }, () => liveness.ask());
  assert.ok((await Promise.all(together)).every(Boolean));
  assert.deepEqual(asked, ["/readyz"]);
  frozen = true;
  assert.equal(await liveness.ask(), false);
  assert.equal(asked.length, 2);
});

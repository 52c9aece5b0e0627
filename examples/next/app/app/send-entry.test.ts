import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { sendEntry } from "./send-entry.ts";

/** What a visitor is shown after this response. */
async function shownAfter(respond: RequestListener): Promise<string | undefined> {
  const server = createServer(respond).listen(0);
  await once(server, "listening");
  const { fetch } = globalThis;
  // A page has an address of its own, which Node has not.
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  globalThis.fetch = (path, options) => fetch(new URL(String(path), origin), options);
  try {
    return await sendEntry(new FormData());
  } finally {
    globalThis.fetch = fetch;
    server.close().closeAllConnections();
  }
}

for (const [status, type, text, shown] of [
  [422, "text/plain", "Please write something.", /^Please write something\.$/],
  [502, "text/html", "<!doctype html>", /^Something went wrong\./],
  [413, "text/html", "<!doctype html>", /^That is too large\.$/],
] as const) {
  test(`a ${status} of ${type} is shown in words`, async () => {
    const said = await shownAfter((_request, response) =>
      response.writeHead(status, { "content-type": type }).end(text),
    );
    assert.match(said ?? "", shown);
  });
}

test("a connection that breaks is said too", async () => {
  const said = await shownAfter((request) => request.socket.destroy());
  assert.match(said ?? "", /^Something went wrong\./);
});

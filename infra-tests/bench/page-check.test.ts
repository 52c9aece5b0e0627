import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import type { Chain } from "./chains/chain.ts";
import { checkPage } from "./page-check.ts";
import { fortunesFlaw, PAGES, type Page } from "./pages.ts";

/** Serves on a free port, and checks a page there. */
async function check(page: Page, listener: RequestListener) {
  const server = createServer(listener);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const tiers = { edge: [], app: [], db: [] };
  const chain: Chain = {
    ...{ name: "pm2", http, https: "", tiers, network: "", versions: [], workers: 1 },
  };
  try {
    return await checkPage(chain, page);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const hello: RequestListener = (_request, response) => {
  response.setHeader("Content-Type", "text/plain").end("Hello, World!");
};

test("a chain that sends the page twice on one connection passes", async () => {
  const { bodyBytes, headBytes } = await check(PAGES.plain, hello);
  assert.equal(bodyBytes, 13);
  assert.ok(headBytes > 20);
});

for (const [name, listener, words] of [
  ["another status", (_, response) => response.writeHead(404).end(), /the status is 404$/],
  [
    "another type",
    (_, response) => response.setHeader("Content-Type", "text/html").end("Hello, World!"),
    /the Content-Type is text\/html$/,
  ],
  [
    "another body",
    (_, response) => response.setHeader("Content-Type", "text/plain").end("Hello, world"),
    /its body is "Hello, world", not Hello, World!$/,
  ],
  [
    "a connection that is closed",
    (request, response) => hello(request, response.setHeader("Connection", "close")),
    /the connection was not kept for a second request$/,
  ],
  ["a connection that breaks", (request) => request.socket.destroy(), /socket hang up$/],
] as const satisfies readonly [string, RequestListener, RegExp][]) {
  test(`${name} is no page to compare, and the message names chain and address`, async () => {
    await assert.rejects(check(PAGES.plain, listener), (error: Error) => {
      assert.match(
        error.message,
        /^pm2 is not fit to be compared: http:\/\/127\.0\.0\.1:\d+\/plain: /,
      );
      assert.match(error.message, words);
      return true;
    });
  });
}

test("a body is posted, and its size must come back", async () => {
  const upload: Page = { ...PAGES.up };
  let bytes = 0;
  await check(upload, async (request, response) => {
    assert.equal(request.method, "POST");
    bytes = 0;
    for await (const chunk of request) bytes += chunk.length;
    response.setHeader("Content-Type", "application/json").end(JSON.stringify({ bytes }));
  });
  assert.equal(bytes, 5 * 1024 * 1024);
});

const ORDER = [11, 4, 5, 2, 8, 0, 3, 7, 10, 6, 9, 1, 12];
const TEXTS: Readonly<Record<number, string>> = {
  0: "Additional fortune added at request time.",
  11: "&lt;script&gt;",
  12: "フレームワークのベンチマーク",
};
const fortunes = (order: readonly number[]) =>
  Buffer.from(
    `<!DOCTYPE html><table><tr><th>id</th><th>message</th></tr>${order
      .map((id) => `<tr><td>${id}</td><td>${TEXTS[id] ?? "words"}</td></tr>`)
      .join("")}</table>`,
  );

test("Fortunes has 13 rows, sorted by text and escaped", () => {
  assert.equal(fortunesFlaw(fortunes(ORDER)), undefined);
  assert.match(fortunesFlaw(fortunes(ORDER.slice(1))) ?? "", /it has 12 rows, not 13/);
  assert.match(fortunesFlaw(fortunes(ORDER.toSorted())) ?? "", /its rows are 0 1 10 /);
  const raw = fortunes(ORDER).toString().replace("&lt;script&gt;", "<script>");
  assert.match(fortunesFlaw(Buffer.from(raw)) ?? "", /not escaped/);
  const latin = Buffer.from(fortunes(ORDER).toString(), "latin1");
  assert.match(fortunesFlaw(latin) ?? "", /UTF-8/);
});

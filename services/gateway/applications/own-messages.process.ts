import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { exampleModule, startGateway, writeModules } from "../testing/gateway-process.ts";

async function start(t: TestContext, source: string, ...flags: string[]): Promise<string> {
  const folder = await writeModules(t, {
    "app.mjs": `import * as http from "node:http";${source}`,
  });
  return startGateway(t, `${folder}/app.mjs`, "--workers=1", ...flags).ready();
}

test("a server's own listener for connections sees each of them, with the requests that it brings", async (t) => {
  const url = await start(
    t,
    `const server = http.createServer(({ socket }, response) => response.end(String(socket.number)));
     let last = 0;
     server.on("connection", (socket) => { socket.number = ++last; });
     server.listen(process.env.PORT);`,
  );
  const first = Number(await (await fetch(url)).text());
  assert.ok(first > 0);
  const other = await fetch(url, { headers: { Connection: "close" } });
  assert.ok(Number(await other.text()) >= first);
});

const MINE = `class Request extends http.IncomingMessage {
    colour = "green";
    get words() { return this.url.slice(1); }
  }
  class Response extends http.ServerResponse {
    json(value) { this.setHeader("Content-Type", "application/json").end(JSON.stringify(value)); }
  }
  const options = { IncomingMessage: Request, ServerResponse: Response };
  const respond = (request, response) =>
    response.json([request.words, request.colour, request instanceof Request, request instanceof http.IncomingMessage]);`;

for (const flags of [[], [`--middleware=${exampleModule("html-banner.ts")}`]]) {
  const where = flags.length === 0 ? "" : ", without those of the response behind middleware";
  test(`requests and responses are of the classes of the application's own server${where}`, async (t) => {
    const source =
      flags.length === 0
        ? MINE
        : MINE.replace("response.json(", "response.end(JSON.stringify(").replace("]);", "]));");
    const url = await start(
      t,
      `${source} http.createServer(options, respond).listen(process.env.PORT);`,
      ...flags,
    );
    for (let nth = 0; nth < 2; nth++) {
      const response = await fetch(`${url}/word`);
      assert.deepEqual(await response.json(), ["word", "green", true, true]);
      assert.ok(response.headers.get("x-request-id"));
    }
  });
}

test("server.setTimeout() cuts a request that stays silent, and no kept connection", async (t) => {
  const url = await start(
    t,
    `const sockets = [];
     const server = http.createServer(({ url, socket }, response) => {
       if (url === "/silent") return;
       const others = sockets.filter((one) => one !== socket && !one.destroyed);
       response.end(JSON.stringify([socket.timeout, ...others.map(({ timeout }) => timeout ?? 0)]));
     });
     server.setTimeout(500);
     server.on("connection", (socket) => sockets.push(socket));
     server.listen(process.env.PORT);`,
  );
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  const [kept] = await once(get(url, { agent }), "response");
  assert.deepEqual(JSON.parse(await text(kept)), [500]);
  const seen = await fetch(url, { headers: { Connection: "close" } });
  assert.deepEqual(await seen.json(), [500, 0]);
  await assert.rejects(fetch(`${url}/silent`), { name: "TypeError" });
});

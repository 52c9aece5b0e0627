import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, get } from "node:http";
import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import { stretched } from "@gatehouse/telemetry/testing";
import { exampleModule, startGateway, writeModules } from "../testing/gateway-process.ts";

async function start(t: TestContext, source: string, ...flags: string[]): Promise<string> {
  const folder = await writeModules(t, {
    "app.mjs": `import * as http from "node:http";${source}`,
  });
  return startGateway(t, `${folder}/app.mjs`, "--workers=1", ...flags).ready();
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

test("server.setTimeout() cuts a silent request that was sent behind one of an application without it", async (t) => {
  const folder = await writeModules(t, {
    "first.mjs": `import * as http from "node:http";
      http.createServer((_, response) => setTimeout(() => response.end("first"), 300)).listen(3000);`,
    "timed.mjs": `import * as http from "node:http";
      http.createServer(() => {}).listen(3000).setTimeout(200);`,
  });
  const flags = ["--workers=1", "--health-path=off", `--mount=/timed=${folder}/timed.mjs`];
  const gateway = startGateway(t, `${folder}/first.mjs`, ...flags);
  const client = connect(Number(new URL(await gateway.ready()).port), "127.0.0.1");
  t.after(() => client.destroy());
  // In one piece: the response to the second is not yet that of the connection.
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\nGET /timed HTTP/1.1\r\nHost: a\r\n\r\n");
  client.setTimeout(stretched(10_000), () => client.destroy(new Error("the second is not cut")));
  assert.match(await text(client), /first$/);
});

for (const [which, source] of [
  ["a response", "response.setTimeout(300)"],
  ["a request", "request.setTimeout(300)"],
] as const) {
  test(`a timeout of ${which} holds for no later request of its connection`, async (t) => {
    const url = await start(
      t,
      `http.createServer((request, response) => {
         if (request.url === "/timed") ${source};
         setTimeout(() => response.end("whole"), request.url === "/late" ? 600 : 0);
       }).listen(process.env.PORT);`,
      "--health-path=off",
    );
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    t.after(() => agent.destroy());
    for (const path of ["/timed", "/late"]) {
      const sent = get(url + path, { agent });
      const [received] = await once(sent, "response");
      assert.equal(await text(received), "whole");
      assert.equal(sent.reusedSocket, path === "/late");
    }
  });
}

test("a timeout holds for a request that was sent behind another without waiting", async (t) => {
  const url = await start(
    t,
    `let first;
     http.createServer((request, response) => {
       if (request.url === "/first") return void (first = response);
       response.setTimeout(200, () => response.end("timed"));
       first.end("first");
     }).listen(process.env.PORT);`,
    "--health-path=off",
  );
  const client = connect(Number(new URL(url).port), "127.0.0.1");
  t.after(() => client.destroy());
  client.write("GET /first HTTP/1.1\r\nHost: a\r\n\r\n");
  client.write("GET /second HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  client.setTimeout(stretched(10_000), () => client.destroy(new Error("no response")));
  assert.match(await text(client), /first.*timed/s);
});

for (const [which, source] of [
  ["calls its callback", `response.setTimeout(200, expired)`],
  ["calls its listener", `response.setTimeout(200); response.once("timeout", expired)`],
  [
    "closes the connection without a listener",
    `response.setTimeout(200, expired); response.off("timeout", expired)`,
  ],
] as const) {
  test(`behind middleware, a timeout of a response ${which}`, async (t) => {
    const url = await start(
      t,
      `http.createServer((request, response) => {
         function expired({ destroyed }) {
           this.writeHead(503).end(String(destroyed) + (this === response));
         }
         ${source};
       }).listen(process.env.PORT);`,
      "--health-path=off",
      `--middleware=${exampleModule("html-banner.ts")}`,
    );
    const answer = fetch(url).then(async (response) => [response.status, await response.text()]);
    // As under Node, which closes the connection where nothing listens.
    if (which.startsWith("closes")) await assert.rejects(answer, { name: "TypeError" });
    else assert.deepEqual(await answer, [503, "falsetrue"]);
  });
}

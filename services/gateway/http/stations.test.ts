import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { startGateway, writeModules } from "../testing/gateway-process.ts";

test("a body that the application read in part does not hide the next request", async (t) => {
  const folder = await writeModules(t, {
    "app.mjs": `export default (request, response) => {
      if (request.method === "GET") return response.end("next");
      request.once("data", () => {
        request.pause();
        response.end("enough");
      });
    };`,
  });
  const gateway = startGateway(t, `${folder}/app.mjs`, "--workers=1");
  const client = connect(Number(new URL(await gateway.ready()).port), "127.0.0.1");
  t.after(() => client.destroy());
  const body = "x".repeat(1_000_000);
  client.write(`POST / HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
  client.write("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
  let received = "";
  while (!received.includes("next")) {
    const [chunk] = await once(client, "data", { signal: AbortSignal.timeout(15_000) });
    received += chunk;
  }
  assert.match(received, /^HTTP\/1\.1 200 .*enough.*HTTP\/1\.1 200 .*next/s);
});

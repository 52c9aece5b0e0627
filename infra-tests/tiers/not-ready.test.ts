import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { FreshClone } from "../first-run/fresh-clone.ts";

let clone: FreshClone;
before(async () => {
  clone = await FreshClone.make();
});
after(async () => await clone[Symbol.asyncDispose]());

const FAILS = `export default (request, response) => {
  console.error("Error: no such table: notes");
  response.writeHead(500).end("Sorry.");
};`;

test("make up says while it waits that the application fails its health path, with its words and what to do", async () => {
  await writeFile(join(clone.root, "fails.mjs"), FAILS);
  // Beside the image's own application: nothing else has to be built for it.
  const app =
    '{ environment: { GATEWAY_APP: fails.mjs }, volumes: ["./fails.mjs:/gatehouse/fails.mjs:ro"] }';
  await writeFile(join(clone.root, "compose.extra.yaml"), `services: { app: ${app} }\n`);
  const { code, stdout, stderr } = await clone.run("up.ts", {
    env: { COMPOSE_FILE: "compose.yaml:compose.extra.yaml" },
    interruptAt: /the application is not ready: .*\n/,
  });
  assert.equal(code, 130, `${stdout}${stderr}`);
  // The end of the log, which follows, has the gateway's own line.
  const lines = stdout.split("\n").filter((line) => /^ *the application is not ready/.test(line));
  assert.equal(lines.length, 1, stdout);
  assert.match(
    lines[0] ?? "",
    /: GET \/healthz has the status 500, "Sorry\."; its last words: Error: no such table: notes; .*GATEWAY_HEALTH_PATH/,
  );
});

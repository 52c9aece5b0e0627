import assert from "node:assert/strict";
import { mkdir, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { registryOffers } from "./docker.ts";
import { temporaryFolder } from "./testing.ts";

const { PATH } = process.env;

/** An engine that says of a registry's image what each of these statuses says, the last one for ever. */
async function engine(t: TestContext, ...statuses: readonly number[]) {
  const folder = await temporaryFolder(t);
  const socket = join(folder, "engine.sock");
  let asked = 0;
  const server = createServer((_, response) => {
    response.writeHead(statuses[Math.min(asked, statuses.length - 1)] ?? 500);
    response.end("{}");
    asked += 1;
  });
  await new Promise<void>((done) => server.listen(socket, done));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  await mkdir(join(folder, "bin"));
  const docker = `#!/bin/sh\necho unix://${socket}\n`;
  await writeFile(join(folder, "bin/docker"), docker, { mode: 0o755 });
  process.env.PATH = `${folder}/bin:${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
  return () => asked;
}

test("a registry that does not respond for a moment is asked again", async (t) => {
  const asked = await engine(t, 500, 200);
  assert.equal(await registryOffers("node:26"), true);
  assert.equal(asked(), 2);
});

test("a registry that has no such image is asked once, and one that never responds a few times", async (t) => {
  const refused = await engine(t, 404);
  assert.equal(await registryOffers("node:26"), false);
  assert.equal(refused(), 1);
  const silent = await engine(t, 500);
  assert.equal(await registryOffers("node:26"), false);
  assert.equal(silent(), 3);
});

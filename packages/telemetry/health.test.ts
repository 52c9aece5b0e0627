import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";

const SCRIPT = join(import.meta.dirname, "health.pl");

/** What the check of a container says about a service that responds like this. */
async function check(t: TestContext, respond: RequestListener | undefined) {
  const folder = await mkdtemp(join(tmpdir(), "health-"));
  const socket = join(folder, "admin.sock");
  t.after(() => rm(folder, { recursive: true }));
  if (respond !== undefined) {
    const server = createServer(respond).listen(socket);
    await once(server, "listening");
    t.after(() => {
      server.closeAllConnections();
      server.close();
    });
  }
  const { promise, resolve } = Promise.withResolvers<{ code: unknown; output: string }>();
  execFile("perl", [SCRIPT, socket], (error, stdout, stderr) => {
    resolve({ code: error?.code ?? 0, output: `${stdout}${stderr}`.replace(folder, "") });
  });
  return await promise;
}

test("a ready service is healthy", async (t) => {
  const asked: (string | undefined)[] = [];
  const result = await check(t, ({ url }, response) => {
    asked.push(url);
    response.end("ready\n");
  });
  assert.deepEqual(result, { code: 0, output: "ready\n" });
  assert.deepEqual(asked, ["/readyz"]);
});

test("a service that starts or drains is not, and its word is what Docker shows", async (t) => {
  const result = await check(t, (_, response) => response.writeHead(503).end("draining\n"));
  assert.deepEqual(result, { code: 1, output: "draining\n" });
});

test("a service that is not there is not healthy, and the reason is said", async (t) => {
  const result = await check(t, undefined);
  assert.deepEqual(result, { code: 1, output: "/admin.sock: No such file or directory\n" });
});

test("a service that does not respond is not healthy after three seconds", async (t) => {
  const result = await check(t, () => {});
  assert.deepEqual(result, { code: 1, output: "/admin.sock: no response within 3 seconds\n" });
});

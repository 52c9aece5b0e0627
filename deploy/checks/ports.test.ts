import assert from "node:assert/strict";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { type TestContext, test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { bindError, portsCheck } from "./ports.ts";

async function listening(t: TestContext): Promise<[Server, number]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return [server, (server.address() as AddressInfo).port];
}

test("a port that somebody listens on is taken, and free once they have gone", async (t) => {
  const [server, port] = await listening(t);
  assert.equal(await bindError("127.0.0.1", port), "EADDRINUSE");
  server.close();
  await once(server, "close");
  assert.equal(await bindError("127.0.0.1", port), undefined);
});

test("a taken port names who has it and the variable to change", async (t) => {
  const [, http] = await listening(t);
  const [free, https] = await listening(t);
  free.close();
  await once(free, "close");
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, `PUBLISH_HTTP_PORT=${http}\nPUBLISH_HTTPS_PORT=${https}\n`);
  const environment = await readEnvironment(clone, {});
  const [taken, open] = await portsCheck.check({ clone, environment });
  assert.equal(taken?.ok, false);
  assert.match(
    taken?.text ?? "",
    new RegExp(
      `^127\\.0\\.0\\.1:${http} is taken by .+: stop that, or change PUBLISH_HTTP_PORT in`,
    ),
  );
  assert.equal(open?.ok, true);
});

test("an address that this host does not have is a setting to change", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, "PUBLISH_BIND=192.0.2.1\n");
  const [finding] = await portsCheck.check({
    clone,
    environment: await readEnvironment(clone, {}),
  });
  assert.equal(finding?.exitCode, 78);
  assert.match(
    finding?.text ?? "",
    /^192\.0\.2\.1 is no address of this host: change PUBLISH_BIND/,
  );
});

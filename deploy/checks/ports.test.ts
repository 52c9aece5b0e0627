import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdir, writeFile } from "node:fs/promises";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { readEnvironment } from "../env/environment.ts";
import { temporaryClone } from "../testing.ts";
import { bindError, portsCheck } from "./ports.ts";
import { requirePublished } from "./published.ts";

const { PATH } = process.env;

async function listening(t: TestContext): Promise<[Server, number]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  return [server, (server.address() as AddressInfo).port];
}

test("a port with a listener is taken, and free after the listener has closed", async (t) => {
  const [server, port] = await listening(t);
  assert.equal(await bindError("127.0.0.1", port), "EADDRINUSE");
  server.close();
  await once(server, "close");
  assert.equal(await bindError("127.0.0.1", port), undefined);
});

test("a taken port is reported with its owner and the variable to change", async (t) => {
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
    new RegExp(`^127\\.0\\.0\\.1:${http} is taken by .+: stop it, or change PUBLISH_HTTP_PORT in`),
  );
  assert.equal(open?.ok, true);
});

test("an address that this machine does not have is a bad setting", async (t) => {
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, "PUBLISH_BIND=192.0.2.1\n");
  const [finding] = await portsCheck.check({
    clone,
    environment: await readEnvironment(clone, {}),
  });
  assert.equal(finding?.exitCode, 78);
  assert.match(
    finding?.text ?? "",
    /^192\.0\.2\.1 is not an address of this machine: change PUBLISH_BIND/,
  );
});

/** A docker command that lists one container of this project, which publishes `address`. */
async function fakeDocker(t: TestContext, folder: string, address: string): Promise<void> {
  const line = `id\\tedge-port\\t1\\trunning\\tUp 1 second\\t${address}->8080/tcp\\n`;
  await mkdir(folder);
  await writeFile(join(folder, "docker"), `#!/bin/sh\nprintf '${line}'\n`, { mode: 0o755 });
  process.env.PATH = `${folder}:${PATH}`;
  t.after(() => {
    process.env.PATH = PATH;
  });
}

test("only the address that this stack publishes is its own, not the same port of another", async (t) => {
  const [, http] = await listening(t);
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, `PUBLISH_HTTP_PORT=${http}\n`);
  const environment = await readEnvironment(clone, {});
  const folder = join(clone.root, "bin");
  await fakeDocker(t, folder, `127.0.0.1:${http}`);
  const [own] = await portsCheck.check({ clone, environment });
  assert.equal(own?.text, `127.0.0.1:${http} is published by this stack`);
  await fakeDocker(t, `${folder}2`, `192.0.2.1:${http}`);
  const [other] = await portsCheck.check({ clone, environment });
  assert.match(other?.text ?? "", / is taken by /);
});

test("a published address that accepts no connection is a warning, with what to do, and a failure after a start", async (t) => {
  const [gone, http] = await listening(t);
  const [, https] = await listening(t);
  await requirePublished("127.0.0.1", [http, https]);
  gone.close();
  await once(gone, "close");
  const clone = await temporaryClone(t);
  await writeFile(clone.envFile, `PUBLISH_HTTP_PORT=${http}\n`);
  await fakeDocker(t, join(clone.root, "bin"), `127.0.0.1:${http}`);
  const environment = await readEnvironment(clone, {});
  const [finding] = await portsCheck.check({ clone, environment });
  assert.deepEqual([finding?.ok, finding?.warns], [true, true]);
  const text = new RegExp(
    `^127\\.0\\.0\\.1:${http} is published, and accepts no connection \\(ECONNREFUSED\\): .*restart edge-port`,
  );
  assert.match(finding?.text ?? "", text);
  await assert.rejects(requirePublished("0.0.0.0", [https, http]), { message: text, exitCode: 69 });
  process.env.DOCKER_HOST = "ssh://deploy@shop.example";
  t.after(() => delete process.env.DOCKER_HOST);
  await requirePublished("0.0.0.0", [http]);
});

test("a stack that moves from loopback to all addresses, or back, is not in its own way", async (t) => {
  const [, http] = await listening(t);
  const clone = await temporaryClone(t);
  for (const [wanted, published] of [
    ["0.0.0.0", "127.0.0.1"],
    ["127.0.0.1", "0.0.0.0"],
  ] as const) {
    await writeFile(clone.envFile, `PUBLISH_BIND=${wanted}\nPUBLISH_HTTP_PORT=${http}\n`);
    await fakeDocker(t, join(clone.root, `bin-${published}`), `${published}:${http}`);
    const environment = await readEnvironment(clone, {});
    const [finding] = await portsCheck.check({ clone, environment });
    assert.equal(
      finding?.text,
      `${wanted}:${http} is published by this stack on another address: its edge restarts`,
    );
  }
});

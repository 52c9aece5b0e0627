import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../command.ts";
import { temporaryFolder } from "../testing.ts";
import { READ } from "./admin-page.ts";

test("an admin page is read from its socket, and a status of 500 or more is no page", async (t) => {
  const socket = join(await temporaryFolder(t), "admin.sock");
  const read = async (page: string, env = {}) => {
    const { code, stdout } = await run("perl", ["-e", READ, socket, page], { env });
    return [code, stdout];
  };
  assert.deepEqual(await read("/status"), [1, ""]);
  const server = createServer(({ url }, response) => {
    response.statusCode = Number(url?.slice(1));
    response.end(`{"page":\n"${url}"}`);
  });
  t.after(() => server.close());
  await once(server.listen(socket), "listening");
  assert.deepEqual(await read("/200"), [0, '{"page":\n"/200"}']);
  assert.deepEqual(await read("/404"), [0, '{"page":\n"/404"}']);
  assert.deepEqual(await read("/503"), [1, '{"page":\n"/503"}']);
  // As in the twin's container.
  const perl = (await run("sh", ["-c", "command -v perl"])).stdout.trim();
  const withoutNode = ["-c", 'PATH= exec "$0" -e "$1"', perl, READ];
  assert.equal((await run("sh", withoutNode)).code, 127);
});

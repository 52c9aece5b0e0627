import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { ControlSocket, callVerb } from "./control-socket.ts";

test("who breaks off within a verb does no harm to the process that listens", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-control-"));
  const control = new ControlSocket({ say: async ([word]) => `said ${word}` });
  const path = join(folder, "control");
  await control.open(path);
  t.after(async () => {
    await control.close();
    await rm(folder, { recursive: true });
  });
  const asking = createConnection(path);
  asking.end('POST /say HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\n["hal');
  await once(asking.resume(), "close");
  assert.deepEqual(await callVerb(path, "say", ["hello"]), { ok: true, told: "said hello" });
});

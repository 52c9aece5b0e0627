import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";

const PROCESSES = 4;
const ROUNDS = 400;

/**
 * An edge that orders again and again, and is killed each time before it releases: so every claim is
 * taken over from a dead one. It reports each order that began while another one was under way.
 */
const EDGE = `
  import { mkdirSync, readdirSync, rmdirSync, utimesSync } from "node:fs";
  import { AcmeFolder } from "${import.meta.dirname}/acme-folder.ts";
  const folder = process.argv[1];
  const working = folder + "/challenges/working";
  new AcmeFolder(folder).prepare();
  let [orders, clashes] = [0, 0];
  const end = Date.now() + 60_000;
  while (orders < ${ROUNDS} && Date.now() < end) {
    if (!new AcmeFolder(folder).claim.acquire()) continue;
    orders += 1;
    try {
      mkdirSync(working);
    } catch {
      clashes += 1;
      continue;
    }
    for (let work = 0; work < 20; work += 1) readdirSync(folder);
    rmdirSync(working);
    const then = new Date(Date.now() - 600_000);
    for (const name of readdirSync(folder)) {
      if (!name.startsWith("claim")) continue;
      try { utimesSync(folder + "/" + name, then, then); } catch {}
    }
  }
  process.send({ orders, clashes });`;

test("of many edges on one volume, one at a time takes over the claim of a dead one", async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-claim-"));
  const flags = ["--input-type=module-typescript", "--eval", EDGE, folder];
  const edges: ChildProcess[] = Array.from({ length: PROCESSES }, () =>
    spawn(process.execPath, flags, { stdio: ["ignore", "inherit", "inherit", "ipc"] }),
  );
  t.after(() => {
    for (const edge of edges) edge.kill("SIGKILL");
    rmSync(folder, { recursive: true });
  });
  for (const [{ orders, clashes }] of await Promise.all(
    edges.map((edge) => once(edge, "message")),
  )) {
    assert.ok(orders > 0);
    assert.equal(clashes, 0, `${clashes} of ${orders} orders began during another one`);
  }
});

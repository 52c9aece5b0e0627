import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { until } from "../stack/deadline.ts";
import { Gallery } from "./gallery.ts";

// The site that is backed up, and an empty stack beside it, for all tests, in order.
let source: Gallery;
let target: Gallery;
before(async () => {
  [source, target] = [await Gallery.start(), await Gallery.start()];
  await source.createTable();
  await source.add(200);
});
after(async () => {
  await source[Symbol.asyncDispose]();
  await target[Symbol.asyncDispose]();
});

test("under writes, a backup loses no request, and in an empty stack every row has its file", async (t) => {
  const writes = source.writes();
  t.after(() => writes.stop());
  for (let round = 1; round <= 3; round++) {
    const backup = await source.backUp();
    const { manifest, folder } = backup;
    t.diagnostic(
      `${manifest.database.rows["public.pictures"]} rows, ${manifest.media.files} files, ` +
        `writes waited for ${manifest.writesWaited} ms`,
    );
    await target.make("restore.ts", { BACKUP: folder, ...(round === 1 ? {} : { FORCE: "1" }) });
    assert.equal(await target.checked(), manifest.database.rows["public.pictures"]);
    for (const [table, rows] of Object.entries(manifest.database.rows)) {
      assert.deepEqual(await target.sql(`SELECT count(*) FROM ${table}`), [String(rows)], table);
    }
    assert.equal((await target.media()).length, manifest.media.files);
  }
  const { sent, failures } = await writes.stop();
  t.diagnostic(`${sent} writes sent`);
  assert.deepEqual(failures, []);
  assert.ok(sent > 500, `only ${sent} writes`);
});

test("the restored site goes on: it adds and deletes, and a deploy finds nothing to do", async () => {
  const rows = await target.checked();
  await target.add(5);
  assert.equal((await target.ask("/remove")).status, 200);
  assert.equal(await target.checked(), rows + 4);
  const { stdout } = await target.make("up.ts");
  assert.match(stdout, /nothing was changed/);
});

test("visitors of a restore see maintenance with Retry-After, then the site, and never a broken connection", async () => {
  const [first] = await source.backups();
  assert.ok(first);
  const seen = new Set<string>();
  let over = false;
  const watching = until(
    "the restore has ended",
    async () => {
      const { status, retryAfter } = await target.ask("/").catch((error: Error) => {
        return { status: error.message, retryAfter: undefined };
      });
      seen.add(`${status} ${retryAfter ?? ""}`.trim());
      return over;
    },
    { within: 120_000 },
  );
  await target.make("restore.ts", { BACKUP: first.folder, FORCE: "1" });
  over = true;
  await watching;
  assert.deepEqual([...seen], ["200", "503 60", "200"].slice(0, seen.size));
  assert.ok(seen.has("503 60"));
  assert.equal((await target.ask("/")).status, 200);
  const kept = (await target.backups()).at(-1);
  assert.equal(kept?.manifest.why, "before a restore");
});

test("make backups reads every byte, and fails if the newest whole one is older than it should be", async () => {
  const { stdout } = await source.make("backups.ts", { NEWER_THAN: "1" });
  assert.equal(stdout.match(/ whole$/gm)?.length, 3, stdout);
  assert.match(
    await source.refused("backups.ts", { env: { NEWER_THAN: "0.0001" } }),
    /is \d+ min old: more than/,
  );
  const empty = { BACKUP_FOLDER: join(source.clone.root, "elsewhere") };
  assert.match((await source.make("backups.ts", empty)).stdout, /^no backup in /);
});

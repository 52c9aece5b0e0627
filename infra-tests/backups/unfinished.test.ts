import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type Docker from "dockerode";
import { run } from "../../deploy/command.ts";
import { docker } from "../stack/docker.ts";
import { Gallery } from "./gallery.ts";

// One site for all tests, in order. It is its own backup's target.
let site: Gallery;
before(async () => {
  site = await Gallery.start();
  await site.createTable();
  await site.add(20);
});
after(async () => await site[Symbol.asyncDispose]());

/** Adds pictures until the site refuses one. @returns the names of those that it has accepted */
async function addUntilRefused(): Promise<string[]> {
  const names: string[] = [];
  for (;;) {
    const { status, text } = await site.ask("/add");
    if (status !== 200) return names;
    names.push(text);
  }
}

test("what was written up to the page of maintenance is in the backup of what was here", async (t) => {
  const { folder } = await site.backUp();
  const adding = addUntilRefused();
  await site.make("restore.ts", { BACKUP: folder, FORCE: "1" });
  const names = await adding;
  assert.equal(await site.checked(), 20);
  const kept = (await site.backups()).at(-1);
  assert.equal(kept?.manifest.why, "before a restore");
  await site.make("restore.ts", { BACKUP: kept.folder, FORCE: "1" });
  const found = new Set(await site.sql("SELECT name FROM pictures"));
  t.diagnostic(`${names.length} pictures were added while the restore began`);
  assert.ok(names.length > 10, `only ${names.length}`);
  assert.deepEqual(
    names.filter((name) => !found.has(name)),
    [],
  );
  assert.equal(await site.checked(), 20 + names.length);
});

test("Ctrl-C before the database commits has everything be as it was", async () => {
  const rows = await site.checked();
  const { name } = await site.backUp();
  await site.add(1);
  const env = { BACKUP: name, FORCE: "1" };
  const { code, stderr } = await site.clone.run("restore.ts", {
    env,
    interruptAt: /\] database\n$/,
  });
  assert.equal(code, 130, stderr);
  assert.equal(await site.checked(), rows + 1);
  await site.make("restore.ts", env);
  assert.equal(await site.checked(), rows);
});

test("a restore that fails after the commit keeps maintenance and both media, and says what brings the site back", async () => {
  const { folder } = await site.backUp();
  const old = await site.media();
  // A release with one migration more, whose container cannot be made: another one has its name.
  const migration = join(site.clone.root, "services/app/migrations/9998_newer.sql");
  await writeFile(migration, "SELECT 1;\n");
  await site.make("up.ts");
  const decoy = await takeNameOf("migrate");
  await site.add(3);
  const rows = await site.checked();
  const now = await site.media();
  const why = await site.refused("restore.ts", { env: { BACKUP: folder, FORCE: "1" } });
  assert.match(why, /the restore is not finished: migrate cannot be started: .*already in use/s);
  assert.match(
    why,
    /stays under maintenance; the database is the restored one, and the media .* kept/,
  );
  assert.deepEqual((await site.ask("/")).status, 503);
  assert.deepEqual(await site.sql("SELECT count(*) FROM pictures"), [String(old.length)]);
  const volume = await mediaVolume();
  assert.deepEqual([volume.served, volume.replaced], [old, now]);
  assert.match(await site.refused("backup.ts"), /a restore has not ended/);
  // As it says.
  await decoy.remove({ force: true });
  const [, back = ""] = /with BACKUP=(\S+) it brings back/.exec(why) ?? [];
  await site.make("restore.ts", { BACKUP: back, FORCE: "1" });
  assert.equal(await site.checked(), rows);
  assert.deepEqual(await site.media(), now);
});

/** Gives the name of a service's container to another container of this machine. */
async function takeNameOf(service: string): Promise<Docker.Container> {
  const own = await site.clone.stack.container(service);
  const { Name, Image } = await own.inspect();
  await own.rename({ name: `${Name.slice(1)}-old` });
  return await docker.createContainer({ name: Name.slice(1), Image });
}

/** What the media's volume has, also while no application runs. */
async function mediaVolume(): Promise<{ served: string[]; replaced: string[] }> {
  const { project } = site.clone.stack;
  const { Image } = await (await site.replica()).inspect();
  const list = async (folder: string): Promise<string[]> => {
    const args = ["run", "--rm", "--volume", `${project}_media:/media:ro`, "--entrypoint", "ls"];
    const { code, output } = await run("docker", [...args, Image, "-A", `/media/${folder}`]);
    assert.equal(code, 0, output);
    const names = output.split("\n").filter(Boolean).sort();
    return names.filter((name) => !name.startsWith(".gatehouse"));
  };
  return { served: await list(""), replaced: await list(".gatehouse-replaced/1") };
}

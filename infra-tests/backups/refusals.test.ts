import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { appendFile, chmod, cp, mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { generateX25519Identity, identityToRecipient } from "age-encryption";
import { run } from "../../deploy/command.ts";
import { claimDeployLock } from "../../deploy/releases/lock.ts";
import { until } from "../stack/deadline.ts";
import { Gallery } from "./gallery.ts";

// One site for all tests, in order. It is its own backup's target.
let site: Gallery;
before(async () => {
  site = await Gallery.start();
  await site.createTable();
  await site.add(30);
});
after(async () => await site[Symbol.asyncDispose]());

/** Runs a restore that must be refused, and checks that nothing of the site was touched. */
async function assertRestoreRefused(
  env: Readonly<Record<string, string>>,
  why: RegExp,
): Promise<void> {
  const state = async () => {
    const containers = await site.clone.stack.containers();
    const ids = containers.map(({ Id, State }) => `${Id} ${State}`);
    return [ids.sort(), await site.checked(), (await site.backups()).length];
  };
  const before = await state();
  assert.match(await site.refused("restore.ts", { env }), why);
  assert.deepEqual(await state(), before);
}

test("a stack with data is not restored over without FORCE=1", async () => {
  await site.backUp();
  await assertRestoreRefused({ BACKUP: "latest" }, /has data \(\d+ rows, 30 files\): .*FORCE=1/);
});

test("a restore says which backups there are, if it is given none or a wrong name", async () => {
  const [backup] = await site.backups();
  assert.ok(backup);
  await assertRestoreRefused({}, new RegExp(`say which one.* there are ${backup.name}`));
  await assertRestoreRefused({ BACKUP: "yesterday" }, /there is no backup yesterday; there are 2/);
});

test("a damaged backup is listed as such, and refused although FORCE=1", async () => {
  const [backup] = await site.backups();
  assert.ok(backup);
  const copy = join(backup.folder, "..", "2026-01-01T00-00-00Z");
  await cp(backup.folder, copy, { recursive: true });
  await appendFile(join(copy, backup.manifest.media.file), "x");
  const env = { BACKUP: "2026-01-01T00-00-00Z", FORCE: "1" };
  await assertRestoreRefused(env, /is damaged \(media\.tar is not what was written\)/);
  const { code, stdout } = await site.clone.run("backups.ts");
  assert.equal(code, 1);
  assert.match(stdout, /^2026-01-01T00-00-00Z .* damaged: media\.tar/m);
  assert.match(stdout, / whole$/m);
  await site.make("rmbackup.ts", { BACKUP: "2026-01-01T00-00-00Z" });
  await site.make("backups.ts");
});

test("an encrypted backup needs its key, and is opened by it", async () => {
  const [key, other] = [await generateX25519Identity(), await generateX25519Identity()];
  const recipient = await identityToRecipient(key);
  const folder = join(site.clone.root, "keys");
  await mkdir(folder);
  await writeFile(join(folder, "key"), `${key}\n`);
  await writeFile(join(folder, "other"), `${other}\n`);
  const rows = await site.checked();
  const { manifest, folder: backup, name } = await site.backUp({ BACKUP_RECIPIENTS: recipient });
  assert.deepEqual([manifest.database.file, manifest.encrypted], ["database.dump.age", true]);
  const head = execFileSync("head", ["-c", "21", join(backup, "media.tar.age")], {
    encoding: "utf8",
  });
  assert.equal(head, "age-encryption.org/v1");
  const env = { BACKUP: name, FORCE: "1" };
  await assertRestoreRefused(env, /is encrypted: BACKUP_IDENTITY=FILE/);
  await assertRestoreRefused(
    { ...env, BACKUP_IDENTITY: "keys/other" },
    /does not open this backup/,
  );
  await site.add(3);
  await site.make("restore.ts", { ...env, BACKUP_IDENTITY: "keys/key" });
  assert.equal(await site.checked(), rows);
});

test("a database that cannot be replaced stays as it was, and the site serves on", async () => {
  const { name } = await site.backUp();
  await site.add(2);
  const rows = await site.checked();
  // An object of another role, which the owner may read and not drop.
  const other = [
    "CREATE TABLE public.not_ours (id int); GRANT ALL ON public.not_ours TO gatehouse_owner",
    "ALTER SCHEMA public OWNER TO gatehouse; GRANT ALL ON SCHEMA public TO gatehouse_owner",
  ];
  for (const statement of other) await site.sql(statement, "gatehouse");
  try {
    const env = { BACKUP: name, FORCE: "1" };
    const { code, stderr } = await site.clone.run("restore.ts", { env });
    assert.equal(code, 1);
    assert.match(
      stderr,
      /the database is as it was before, because .*must be owner of table not_ours/,
    );
    assert.equal(await site.checked(), rows);
    assert.deepEqual(
      (await site.media()).filter((each) => each.startsWith(".gatehouse")),
      [],
    );
  } finally {
    const back = "DROP TABLE public.not_ours; ALTER SCHEMA public OWNER TO pg_database_owner";
    await site.sql(back, "gatehouse");
  }
});

test("a backup that is killed leaves nothing that is listed, and the next one cleans up", async () => {
  const before = (await site.backups()).length;
  const killed = { interruptAt: /\] media/, signal: "SIGKILL" } as const;
  await site.clone.run("backup.ts", killed);
  assert.equal((await site.backups()).length, before);
  await until("its containers have ended", async () => (await site.toolboxes()).length === 0, {
    within: 30_000,
  });
  const { folder } = await site.backUp();
  assert.deepEqual(
    (await readdir(join(folder, ".."))).filter((name) => name.startsWith(".")),
    [],
  );
  assert.deepEqual(
    (await site.media()).filter((name) => name.startsWith(".gatehouse")),
    [],
  );
});

test("Ctrl-C ends a backup with its exit code, and leaves nothing", async () => {
  const before = await site.backups();
  const outcome = await site.clone.run("backup.ts", { interruptAt: /\] database/ });
  assert.equal(outcome.code, 130, outcome.stderr);
  assert.match(outcome.stderr, /stopped by SIGINT/);
  const names = await readdir(join(before[0]?.folder ?? "", ".."));
  assert.equal(names.length, before.length);
  assert.deepEqual(await site.toolboxes(), []);
});

test("after a restore that was killed in the middle the next one puts it right", async () => {
  const rows = await site.checked();
  const { name } = await site.backUp();
  await site.add(2);
  const env = { BACKUP: name, FORCE: "1" };
  const killed = { env, interruptAt: /app-\d stopped/, signal: "SIGKILL" } as const;
  await site.clone.run("restore.ts", killed);
  assert.equal((await site.ask("/")).status, 503);
  await site.make("up.ts");
  assert.equal((await site.ask("/")).status, 503);
  // Half of one moment and half of another would take the place of a good backup.
  const { length } = await site.backups();
  assert.match(await site.refused("backup.ts"), /a restore has not ended: .*make restore BACKUP=/);
  assert.equal((await site.backups()).length, length);
  await site.make("restore.ts", env);
  assert.equal(await site.checked(), rows);
});

test("two commands at a time: the second one is refused with the first one's name", async () => {
  const first = site.clone.run("backup.ts");
  const other = until(
    "the second one is refused",
    async () => {
      const { code, stderr } = await site.clone.run("deploy.ts");
      assert.notEqual(code, 0);
      return /make backup of process \d+, since .+, works on this project/.test(stderr);
    },
    { within: 5_000, every: 1 },
  );
  await Promise.allSettled([first, other]);
  assert.equal((await first).code, 0);
});

test("a hook gets the folder of each backup; if it fails, the backup stays and the exit code says so", async () => {
  const hook = join(site.clone.root, "copy-off.sh");
  const elsewhere = join(site.clone.root, "elsewhere");
  await mkdir(elsewhere);
  await writeFile(hook, `#!/bin/sh\ncp -r "$1" ${elsewhere}/\n`);
  await chmod(hook, 0o755);
  const { name } = await site.backUp({ BACKUP_HOOK: "copy-off.sh" });
  assert.deepEqual(await readdir(elsewhere), [name]);
  await writeFile(hook, "#!/bin/sh\necho the other machine is down\nexit 7\n");
  const before = (await site.backups()).length;
  const why = await site.refused("backup.ts", {
    env: { BACKUP_HOOK: "copy-off.sh", BACKUP_KEEP: "all" },
  });
  assert.match(why, /is complete, but BACKUP_HOOK=copy-off\.sh failed \(exit code 7/);
  assert.equal((await site.backups()).length, before + 1);
  await rm(elsewhere, { recursive: true });
});

test("the timer's unit tries again while a deploy works on the project, and not after a hook that failed", async () => {
  const unit = await readFile(
    join(site.clone.root, "deploy/backups/gatehouse-backup@.service"),
    "utf8",
  );
  const setting = (name: string) => new RegExp(`^${name}=(.*)$`, "m").exec(unit)?.[1] ?? "";
  assert.equal(setting("Restart"), "on-failure");
  const final = setting("RestartPreventExitStatus").split(" ");
  const start = async () => {
    const env = { BACKUP_HOOK: "copy-off.sh", BACKUP_KEEP: "all" };
    const args = ["-c", setting("ExecStart")];
    return await run("/bin/sh", args, { cwd: site.clone.root, env });
  };
  const before = (await site.backups()).length;
  const lock = await claimDeployLock(site.clone.stack.project, "deploy");
  const busy = await start();
  lock[Symbol.dispose]();
  assert.match(busy.output, /make deploy of process \d+/);
  assert.ok(busy.code !== 0 && !final.includes(String(busy.code)), String(busy.code));
  const failed = await start();
  assert.match(failed.output, /BACKUP_HOOK=copy-off\.sh failed/);
  assert.ok(final.includes(String(failed.code)), String(failed.code));
  assert.equal((await site.backups()).length, before + 1);
});

test("the rule removes what it does not keep", async () => {
  const { name } = await site.backUp({ BACKUP_KEEP: "last=2" });
  const names = (await site.backups()).map((each) => each.name);
  assert.equal(names.length, 2);
  assert.equal(names[1], name);
});

test("a backup with a newer schema than the release's is refused", async () => {
  const migration = join(site.clone.root, "services/app/migrations/9999_newer.sql");
  await writeFile(migration, "SELECT 1;\n");
  await site.make("up.ts");
  const { name } = await site.backUp();
  await site.make("rollback.ts");
  const why =
    /newer schema than the release that runs \(9999_newer\.sql\): nothing was changed; deploy/;
  await assertRestoreRefused({ BACKUP: name, FORCE: "1" }, why);
});

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  appendFile,
  chmod,
  mkdir,
  readdir,
  readFile,
  rm,
  stat,
  truncate,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { test } from "node:test";
import { Problem } from "../problem.ts";
import { temporaryFolder } from "../testing.ts";
import { Draft, damageOf, listBackups, readBackup } from "./store.ts";
import { MANIFEST, writeBackup } from "./testing.ts";

test("a finished backup is whole, for sha256sum too, and only its owner reads it", async (t) => {
  const folder = await temporaryFolder(t);
  const backup = await writeBackup(folder, "2026-11-27T03:00:07Z");
  assert.equal(backup.name, "2026-11-27T03-00-07Z");
  assert.equal(await damageOf(backup), undefined);
  execFileSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], {
    cwd: backup.folder,
  });
  const modes = await Promise.all(
    ["", ...(await readdir(backup.folder))].map(async (name) => {
      return ((await stat(join(backup.folder, name))).mode & 0o777).toString(8);
    }),
  );
  assert.deepEqual(modes, ["700", "600", "600", "600", "600"]);
});

test("the folder of the first backup is made for its owner alone", async (t) => {
  const folder = join(await temporaryFolder(t), "backups", "shop");
  await writeBackup(folder, "2026-11-27T03:00:07Z");
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
});

test("a draft is no backup: not while it is written, not after a failure, not after a kill", async (t) => {
  const folder = await temporaryFolder(t);
  const failing = Readable.from(
    (function* () {
      yield Buffer.from("half");
      throw new Error("the disk is full");
    })(),
  );
  const write = async () => {
    await using draft = await Draft.begin(folder, new Date());
    assert.deepEqual(await listBackups(folder), []);
    await draft.write("database.dump", failing);
  };
  await assert.rejects(write(), /the disk is full/);
  assert.deepEqual(await readdir(folder), []);
  // A killed process disposes of nothing.
  const killed = await Draft.begin(folder, new Date("2026-11-27T03:00:00Z"));
  await killed.write("database.dump", Readable.from([Buffer.from("half")]));
  assert.deepEqual(await listBackups(folder), []);
  await writeBackup(folder, "2026-11-27T04:00:00Z");
  assert.deepEqual(await readdir(folder), ["2026-11-27T04-00-00Z"]);
});

const damages: readonly (readonly [string, (folder: string) => Promise<unknown>, RegExp])[] = [
  [
    "a changed byte",
    (folder) => writeFile(join(folder, "media.tar"), "filez"),
    /media\.tar is not/,
  ],
  ["a lost end", (folder) => truncate(join(folder, "database.dump"), 3), /database\.dump is not/],
  ["a lost file", (folder) => rm(join(folder, "media.tar")), /media\.tar cannot be read/],
  [
    "a changed manifest",
    (folder) => appendFile(join(folder, "manifest.json"), " "),
    /manifest\.json is not/,
  ],
  [
    "another format",
    async (folder) => {
      const text = JSON.stringify({ ...MANIFEST, format: 2 });
      const sums = await readFile(join(folder, "SHA256SUMS"), "utf8");
      const sum = createHash("sha256").update(text).digest("hex");
      await writeFile(join(folder, "manifest.json"), text);
      const others = sums.split("\n").filter((line) => line && !line.endsWith("manifest.json"));
      await writeFile(
        join(folder, "SHA256SUMS"),
        [...others, `${sum}  manifest.json\n`].join("\n"),
      );
    },
    /no SHA256SUMS or no manifest\.json/,
  ],
  ["lost checksums", (folder) => rm(join(folder, "SHA256SUMS")), /no SHA256SUMS/],
  [
    "a cut list of checksums",
    async (folder) => {
      const text = await readFile(join(folder, "SHA256SUMS"), "utf8");
      await writeFile(join(folder, "SHA256SUMS"), text.split("\n").slice(1).join("\n"));
    },
    /no checksum of database\.dump/,
  ],
];
for (const [name, damage, expected] of damages) {
  test(`${name} is found, and the backup stays in the list`, async (t) => {
    const folder = await temporaryFolder(t);
    const { folder: own } = await writeBackup(folder, "2026-11-27T03:00:00Z");
    await damage(own);
    const [backup] = await listBackups(folder);
    assert.ok(backup);
    assert.match((await damageOf(backup)) ?? "whole", expected);
  });
}

test("a manifest that is not what we write is damage, and no error of the whole list", async (t) => {
  const folder = await temporaryFolder(t);
  const { folder: own, manifest } = await writeBackup(folder, "2026-11-27T03:00:00Z");
  assert.ok(manifest);
  const { database, media, release } = manifest;
  const wrong: unknown[] = [
    ...[null, [], "text", { format: 1 }, { ...manifest, format: 2 }],
    ...[
      { ...manifest, at: "yesterday" },
      { ...manifest, migrations: "0001_first.sql" },
    ],
    ...[
      { ...manifest, migrations: [1] },
      { ...manifest, release: null },
    ],
    { ...manifest, release: { ...release, number: "1\u001b[2J" } },
    { ...manifest, database: { ...database, file: "../../etc/passwd" } },
    { ...manifest, database: { ...database, rows: { posts: "2" } } },
    { ...manifest, media: { ...media, files: "many" } },
  ];
  for (const each of wrong) {
    const text = JSON.stringify(each);
    await writeFile(join(own, "manifest.json"), text);
    const [backup] = await listBackups(folder);
    assert.ok(backup);
    assert.equal(backup.manifest, undefined, text);
    assert.match((await damageOf(backup)) ?? "whole", /manifest\.json/);
  }
  const restored = { ...manifest, release: { ...release, number: undefined } };
  await writeFile(join(own, "manifest.json"), JSON.stringify(restored));
  assert.equal((await readBackup(own))?.manifest?.database.rows.posts, 2);
});

test("backups are listed by their time, and what is none is left out", async (t) => {
  const folder = await temporaryFolder(t);
  await writeBackup(folder, "2026-11-27T03:00:00Z");
  await writeBackup(folder, "2026-02-28T23:59:59Z");
  await mkdir(join(folder, "notes"));
  await mkdir(join(folder, "2026-13-01T00-00-00Z"));
  await chmod(folder, 0o755);
  const names = (await listBackups(folder)).map(({ name }) => name);
  assert.deepEqual(names, ["2026-02-28T23-59-59Z", "2026-11-27T03-00-00Z"]);
  assert.deepEqual(await listBackups(join(folder, "absent")), []);
});

test("backups of another user, and a folder that is none, are an error, and not an empty list", async (t) => {
  const folder = await temporaryFolder(t);
  const { folder: own } = await writeBackup(folder, "2026-11-27T03:00:00Z");
  // Root may read everything; so it becomes another user, and a user locks itself out.
  const isRoot = process.geteuid?.() === 0;
  const denied = async (path: string, read: () => Promise<unknown>) => {
    await chmod(path, isRoot ? 0o700 : 0);
    if (isRoot) process.seteuid?.(65534);
    try {
      await assert.rejects(read(), (error: Error) => {
        assert.match(
          error.message,
          /^the folder of backups \S+ cannot be used \(EACCES.*as the user who made/,
        );
        return error instanceof Problem;
      });
    } finally {
      if (isRoot) process.seteuid?.(0);
      await chmod(path, 0o700);
    }
  };
  await denied(folder, () => listBackups(folder));
  await denied(folder, () => Draft.begin(folder, new Date()));
  await chmod(folder, 0o755);
  await denied(own, () => readBackup(own));
  const file = join(folder, "a file");
  await writeFile(file, "");
  await assert.rejects(listBackups(file), /cannot be used \(ENOTDIR.*BACKUP_FOLDER/);
});

import assert from "node:assert/strict";
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { Program } from "./program.ts";
import { ARCHIVE, changedIn, migrationsAmong } from "./take.ts";

const MEGABYTE = Buffer.alloc(2 ** 20);

for (const [what, change] of [
  [
    "grows",
    async (path: string) => {
      const more = createWriteStream(path, { flags: "a" });
      more.end(MEGABYTE);
      await once(more, "finish");
    },
  ],
  [
    "shrinks",
    async (path: string) => {
      await using file = await open(path, "r+");
      await file.truncate(1000);
    },
  ],
] as const) {
  test(`a file that ${what} while tar reads it is named, as GNU's tar says it`, async (t) => {
    const folder = await temporaryFolder(t);
    const path = join(folder, "a file: of mine");
    await using file = await open(path, "w");
    await file.write(Buffer.concat([MEGABYTE, MEGABYTE, MEGABYTE, MEGABYTE]));
    const [command = "", ...args] = ARCHIVE;
    const tar = new Program(command, [...args, "--directory", folder, "--file=-", "."]);
    // A pipe holds less than the file: tar waits for its reader.
    await once(tar.stdout, "readable");
    await change(path);
    tar.stdout.resume();
    assert.equal(await tar.ended, 1, tar.stderr);
    assert.deepEqual(changedIn(tar.stderr), ["a file: of mine"]);
  });
}

test("another complaint names no file", () => {
  assert.deepEqual(
    changedIn("tar: ./a: Cannot open: Permission denied\ntar: Exiting with failure\n"),
    [],
  );
});

test("migrations are the SQL files of their folder, and none of what a tool keeps beside them", () => {
  const files = ["0000_first.sql", "0001_second.sql", "meta", "_journal.json", "README.md"];
  assert.deepEqual([...migrationsAmong(files)], ["0000_first.sql", "0001_second.sql"]);
  assert.deepEqual([...migrationsAmong(undefined)], []);
});

import assert from "node:assert/strict";
import { copyFile, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { layout } from "../layout.ts";
import { Problem } from "../problem.ts";
import { replaceFile } from "../replace-file.ts";
import { temporaryFolder } from "../testing.ts";
import { adopt } from "./adopt-command.ts";
import { shapeOf } from "./adopted/shape.ts";
import { createProject, writeFiles } from "./create.ts";
import { withReason } from "./disk.ts";
import { fakePackages } from "./testing.ts";

/** What a read-only folder does: here for root too. */
const refused = (path: string, code: string) => (error: unknown) => {
  assert.ok(error instanceof Problem, String(error));
  assert.match(error.message, new RegExp(`${path} cannot be .*written: .* \\(${code}\\)$`));
  return true;
};

test("where a project cannot be written, the path and the reason are said", async (t) => {
  const folder = await temporaryFolder(t);
  await writeFile(join(folder, "file"), "");
  const packages = await fakePackages(folder, "1.0.0", {});
  const origin = { version: "1.0.0", name: "shop", app: "hono" };
  const below = join(folder, "file/shop");
  await assert.rejects(
    createProject(below, layout.templates, packages, origin),
    refused("file", "ENOTDIR"),
  );

  const application = join(folder, "application");
  await writeFiles(
    application,
    new Map([
      ["package.json", "{}"],
      ["server.js", ""],
    ]),
  );
  await writeFiles(
    join(application, "gatehouse"),
    new Map([["app", "a file where our folder belongs"]]),
  );
  await assert.rejects(
    adopt(join(application, "gatehouse"), layout.templates, packages, "shop", shapeOf(application)),
    refused("gatehouse/app/\\S+", "ENOTDIR"),
  );
});

test("a file that cannot be replaced is named itself, and not the one that is made beside it", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "a folder"));
  await writeFile(join(folder, "a file"), "");
  for (const [name, code] of [
    ["a folder", "EISDIR"],
    ["a file/below", "ENOTDIR"],
  ] as const) {
    const file = join(folder, name);
    const error = await replaceFile(file, "text", 0o600).catch(withReason);
    refused(`^${file}`, code)(error);
  }
});

test("a copy that fails names where it should go", async (t) => {
  const folder = await temporaryFolder(t);
  await mkdir(join(folder, "taken"));
  await writeFile(join(folder, "file"), "");
  const error = await copyFile(join(folder, "file"), join(folder, "taken")).catch(withReason);
  refused(`^${join(folder, "taken")}`, "EISDIR")(error);
});

test("what may not be read is not said to be written", () => {
  const error = Object.assign(new Error("EACCES: permission denied, open '/shop/package.json'"), {
    ...{ code: "EACCES", syscall: "open", path: "/shop/package.json" },
  });
  assert.equal(
    String(withReason(error)),
    "Problem: /shop/package.json cannot be read or written: permission is denied (EACCES)",
  );
});

test("an error that is none of the disk stays as it is, with its stack", () => {
  const error = new Error("a mistake of ours");
  assert.equal(withReason(error), error);
});

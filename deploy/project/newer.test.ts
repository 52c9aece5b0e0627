import assert from "node:assert/strict";
import { mkdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { temporaryFolder } from "../testing.ts";
import { packagesFrom, packagesIn, Templates } from "./newer.ts";
import { filesOf } from "./starter.ts";
import { fakePackages } from "./testing.ts";

test("the packages in a folder are ours alone, in one version", async (t) => {
  const folder = await temporaryFolder(t);
  await fakePackages(folder, "1.2.3-h0", {});
  await writeFile(join(folder, "gatehouse-web-1.2.3-h0.tgz"), "");
  await writeFile(join(folder, "mine-1.0.0.tgz"), "");
  const { version, tarballs } = await packagesIn(folder);
  assert.equal(version, "1.2.3-h0");
  assert.deepEqual(tarballs, ["gatehouse-deploy-1.2.3-h0.tgz", "gatehouse-web-1.2.3-h0.tgz"]);
});

test("of two versions in a folder none is guessed; one that is named is found", async (t) => {
  const folder = await temporaryFolder(t);
  await fakePackages(folder, "1.2.3-h0", {});
  await fakePackages(folder, "1.2.4", {});
  await assert.rejects(
    packagesIn(folder),
    /several versions \(1\.2\.3-h0, 1\.2\.4\): leave those of one/,
  );
  const { version, tarballs } = await packagesIn(folder, "1.2.4");
  assert.deepEqual([version, tarballs], ["1.2.4", ["gatehouse-deploy-1.2.4.tgz"]]);
  await assert.rejects(packagesIn(folder, "9.9.9"), /no version 9\.9\.9 of Gatehouse/);
});

test("the repository may lie in a folder with spaces, and with the word in", async (t) => {
  const folder = join(await temporaryFolder(t), "work in progress");
  const built = join(folder, "packages in it");
  await mkdir(join(folder, "deploy"), { recursive: true });
  await mkdir(built);
  await fakePackages(built, "1.2.4", {});
  const says = `1 packages of version 1.2.4 in ${built}`;
  await writeFile(join(folder, "deploy/packages.ts"), `console.log(${JSON.stringify(says)});\n`);
  assert.equal((await packagesFrom(folder)).folder, built);
});

test("a link in a package leads nowhere", async (t) => {
  const folder = await temporaryFolder(t);
  const secret = join(folder, "secret");
  await writeFile(secret, "do not read");
  const packages = await fakePackages(
    folder,
    "1.2.4",
    { "common/site.ts": "", "node/app/package.json": "{}" },
    (templates) => symlink(secret, join(templates, "common/linked")),
  );
  await using templates = await Templates.of(packages);
  assert.throws(
    () => filesOf([templates.folder], { version: "1.2.4", name: "shop", app: "node" }),
    /the template's linked is no file/,
  );
  assert.equal(await readFile(secret, "utf8"), "do not read");
});

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { assetUrls, readAssets } from "./assets.ts";

test("a name changes exactly when its content does", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "assets-"));
  t.after(() => rm(folder, { recursive: true }));
  const nameOf = async (content: string) => {
    await writeFile(join(folder, "a.min.css"), content);
    return readAssets(pathToFileURL(`${folder}/`))[0]?.hashedName;
  };
  const first = await nameOf("a{}");
  assert.match(first ?? "", /^a\.min\.[0-9a-f]{8}\.css$/);
  assert.equal(await nameOf("a{}"), first);
  assert.notEqual(await nameOf("b{}"), first);
});

test("templates find a file by its plain name, and are told of a wrong one", () => {
  const asset = assetUrls([{ name: "a.css", hashedName: "a.12345678.css", content: Buffer.of() }]);
  assert.equal(asset("a.css"), "/assets/a.12345678.css");
  assert.throws(() => asset("b.css"), /no file "b.css" in static\//);
});

test("the site's own files are all there", () => {
  const asset = assetUrls(readAssets());
  for (const name of ["style.css", "board.css", "icon.svg"])
    assert.match(asset(name), /^\/assets\//);
});

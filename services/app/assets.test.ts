import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
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

async function staticFolder(t: TestContext, files: Record<string, string>): Promise<URL> {
  const folder = await mkdtemp(join(tmpdir(), "assets-"));
  t.after(() => rm(folder, { recursive: true }));
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), content);
  }
  return pathToFileURL(`${folder}/`);
}

test("a style sheet refers to files of any folder by their hashed names", async (t) => {
  const folder = await staticFolder(t, {
    "site.css": `@import "css/base.css"; a { background: url(icon.svg#top) }`,
    "css/base.css": `b { background: url("../icon.svg"), url('dot.png') }`,
    "css/dot.png": "dot",
    "icon.svg": "<svg/>",
  });
  const assets = readAssets(folder);
  const find = (name: string) => {
    const asset = assets.find((one) => one.name === name);
    assert.ok(asset);
    return asset;
  };
  const icon = find("icon.svg").hashedName;
  const base = find("css/base.css");
  const dot = find("css/dot.png").hashedName.slice("css/".length);
  assert.equal(
    find("site.css").content.toString(),
    `@import "${base.hashedName}"; a { background: url(${icon}#top) }`,
  );
  assert.equal(base.content.toString(), `b { background: url("../${icon}"), url('${dot}') }`);
});

test("a style sheet's name changes with the files that it refers to", async (t) => {
  const sheet = "a { background: url(icon.svg) }";
  const nameOf = async (icon: string) => {
    const folder = await staticFolder(t, { "a.css": sheet, "icon.svg": icon });
    return readAssets(folder)[0]?.hashedName;
  };
  assert.notEqual(await nameOf("<svg>1</svg>"), await nameOf("<svg>2</svg>"));
});

test("embedded files and other origins are not changed", async (t) => {
  const sheet = `a { background: url(data:image/png;base64,AA==), url(https://a.test/b.png), url(#c) }`;
  const folder = await staticFolder(t, { "a.css": sheet });
  assert.equal(readAssets(folder)[0]?.content.toString(), sheet);
});

for (const [what, files, message] of [
  ["a missing file", { "a.css": "a { background: url(b.png) }" }, /a\.css refers to b\.png/],
  ["itself", { "a.css": '@import "b.css";', "b.css": '@import "a.css";' }, /refers to itself/],
] as const) {
  test(`a style sheet that refers to ${what} is an error with its name`, async (t) => {
    const folder = await staticFolder(t, files);
    assert.throws(() => readAssets(folder), message);
  });
}

test("templates find a file by its plain name; a wrong name is an error", () => {
  const asset = assetUrls([{ name: "a.css", hashedName: "a.12345678.css", content: Buffer.of() }]);
  assert.equal(asset("a.css"), "/assets/a.12345678.css");
  assert.throws(() => asset("b.css"), /no file "b.css" in static\//);
});

test("the site's own files exist", () => {
  const asset = assetUrls(readAssets());
  for (const name of ["style.css", "board.css", "icon.svg"])
    assert.match(asset(name), /^\/assets\//);
});

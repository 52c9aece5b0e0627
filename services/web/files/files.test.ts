import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { exchangeBytes, startEdge, startUpstream } from "../testing/edge.ts";
import { ask, makeFolder, startMount } from "../testing/files.ts";

const LARGE = "x".repeat(3 * 1024 * 1024);

/** An edge whose assets are a folder with a style sheet, a large file, and files that must stay hidden. */
async function startSite(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-files-"));
  t.after(() => rm(folder, { recursive: true }));
  const assets = join(folder, "assets");
  await mkdir(join(assets, "fonts"), { recursive: true });
  await writeFile(join(folder, "secret.txt"), "secret");
  await writeFile(join(assets, "style.3f2a9c1b.css"), "body { color: teal }");
  await writeFile(join(assets, "large.bin"), LARGE);
  await writeFile(join(assets, ".hidden"), "hidden");
  await symlink(join(folder, "secret.txt"), join(assets, "link.txt"));
  await mkdir(join(folder, "assets-old"));
  await writeFile(join(folder, "assets-old", "secret.txt"), "secret");
  await symlink(join(folder, "assets-old"), join(assets, "old"));
  await writeFile(join(assets, "fonts", "serif.woff2"), "font");
  await symlink("style.3f2a9c1b.css", join(assets, "inside.css"));
  const upstream = await startUpstream(t, "127.0.0.2", (_, r) => r.end("application"), undefined);
  return startEdge(t, upstream, { assets });
}

test("a hashed file has its type and a strong ETag, and is immutable", async (t) => {
  const url = `${await startSite(t)}/assets/style.3f2a9c1b.css`;
  const first = await fetch(url);
  assert.equal(await first.text(), "body { color: teal }");
  assert.equal(first.headers.get("content-type"), "text/css; charset=utf-8");
  assert.equal(first.headers.get("cache-control"), "public, max-age=31536000, immutable");
  const etag = first.headers.get("etag") ?? "";
  assert.match(etag, /^"[^"]+"$/);
  const second = await fetch(url, { headers: { "if-none-match": `"other", W/${etag}` } });
  assert.deepEqual([second.status, await second.text()], [304, ""]);
  assert.equal(second.headers.get("etag"), etag);
});

test("HEAD sends the length without the content, other methods are 405", async (t) => {
  const url = `${await startSite(t)}/assets/style.3f2a9c1b.css`;
  const head = await fetch(url, { method: "HEAD" });
  assert.deepEqual([head.status, head.headers.get("content-length")], [200, "20"]);
  const post = await fetch(url, { method: "POST", body: "x" });
  assert.deepEqual([post.status, post.headers.get("allow")], [405, "GET, HEAD"]);
});

test("a large file is sent whole", async (t) => {
  const response = await fetch(`${await startSite(t)}/assets/large.bin`);
  assert.equal(response.headers.get("content-length"), String(LARGE.length));
  assert.equal((await response.text()).length, LARGE.length);
});

test("a link within the folder is followed", async (t) => {
  assert.equal((await fetch(`${await startSite(t)}/assets/inside.css`)).status, 200);
});

test("no browser may take a file for another type than its own, nor a part of it", async (t) => {
  const folder = await makeFolder(t, { "page.txt": "<script>" });
  const url = `${await startMount(t, { folder })}/files/page.txt`;
  for (const [headers, status] of [
    [{}, 200],
    [{ range: "bytes=0-3" }, 206],
  ] as const) {
    const response = await ask(url, headers);
    assert.equal(response.status, status);
    assert.equal(response.headers["x-content-type-options"], "nosniff");
  }
});

const escapes = [
  ["/assets/../secret.txt", 404],
  ["/assets/%2e%2e/secret.txt", 404],
  ["/assets/..%2fsecret.txt", 404],
  ["/assets/%2e%2e%2fsecret.txt", 404],
  ["/assets/fonts/../../secret.txt", 404],
  ["/assets/..%5csecret.txt", 404],
  ["/assets/link.txt", 404],
  ["/assets/old/secret.txt", 404],
  ["/assets/old", 404],
  ["/assets/fonts%2fserif.woff2", 404],
  ["/assets/fonts%2Fserif.woff2", 404],
  ["/assets/fonts%252fserif.woff2", 404],
  ["/assets/.hidden", 404],
  ["/assets/%2ehidden", 404],
  ["/assets//etc/passwd", 404],
  ["/assets/", 404],
  ["/assets/fonts", 404],
  ["/assets/style.3f2a9c1b.css%00.txt", 404],
  ["/assets/style.3f2a9c1b.css/x", 404],
  [`/assets/${"a".repeat(300)}`, 404],
  ["/assets/%zz", 400],
] as const;

for (const [path, status] of escapes) {
  test(`${path.slice(0, 40)} is ${status} and reveals nothing`, async (t) => {
    const url = await startSite(t);
    const response = await exchangeBytes(
      url,
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    assert.match(response, new RegExp(`^HTTP/1.1 ${status} `));
    assert.doesNotMatch(response, /secret$|hidden$|font$|^root:/m);
  });
}

import assert from "node:assert/strict";
import { test } from "node:test";
import { exchangeBytes } from "../testing/edge.ts";
import { ask, makeFolder, startMount } from "../testing/files.ts";

const SITE = {
  "index.html": "home",
  "docs/index.html": "docs",
  "docs/a b.txt": "spaced",
  "empty/x": "",
};

test("a folder's path serves its index", async (t) => {
  const url = await startMount(t, { folder: await makeFolder(t, SITE), index: "index.html" });
  assert.equal((await ask(`${url}/files/`, {})).body.toString(), "home");
  assert.equal((await ask(`${url}/files/docs/`, {})).body.toString(), "docs");
  assert.equal((await ask(`${url}/files/docs/a%20b.txt`, {})).body.toString(), "spaced");
  assert.equal((await ask(`${url}/files/empty/`, {})).status, 404);
});

test("a folder's path without the slash is redirected to the one with it, query included", async (t) => {
  const url = await startMount(t, { folder: await makeFolder(t, SITE), index: "index.html" });
  const { status, headers } = await ask(`${url}/files/docs?page=2`, {});
  assert.deepEqual([status, headers.location], [308, "/files/docs/?page=2"]);
  assert.equal((await ask(`${url}/files/empty`, {})).status, 404);
});

for (const path of [
  "//evil.example",
  "//evil.example/..",
  "/\\evil.example",
  "/%2fevil.example/%2e%2e",
  "/%5cevil.example",
]) {
  test(`${path} redirects to no other site`, async (t) => {
    const folder = await makeFolder(t, { ...SITE, "evil.example/index.html": "evil" });
    const url = await startMount(t, { folder, prefix: "/", index: "index.html" });
    const response = await exchangeBytes(
      url,
      `GET ${path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
    );
    assert.match(response, /^HTTP\/1.1 404 /);
    assert.doesNotMatch(response, /^location:/im);
  });
}

test("in place of a missing file the fallback is served, which no browser may keep unvalidated", async (t) => {
  const folder = await makeFolder(t, SITE);
  const url = await startMount(t, { folder, prefix: "/", immutable: true, fallback: "index.html" });
  for (const path of ["/some/page", "/..%2f..%2fetc", "/.git/config", "/%zz"]) {
    const response = await ask(url + path, {});
    assert.deepEqual([response.status, response.body.toString()], [200, "home"], path);
    assert.equal(response.headers["cache-control"], "no-cache");
    assert.equal(response.headers["content-type"], "text/html; charset=utf-8");
  }
});

test("the fallback can be the application, which also gets other methods", async (t) => {
  const folder = await makeFolder(t, { "robots.txt": "Allow: /" });
  const url = await startMount(t, { folder, prefix: "/", fallback: "proxy" });
  assert.equal((await ask(`${url}/robots.txt`, {})).body.toString(), "Allow: /");
  assert.equal((await ask(`${url}/articles`, {})).body.toString(), "application");
  assert.equal((await ask(`${url}/robots.txt`, {}, "POST")).body.toString(), "application");
});

test("only a name with a hash is immutable, even in a mount of hashed names", async (t) => {
  const names = ["style.3f2a9c1b.css", "index-DiwrgTda.js", "robots.txt", "component-library.js"];
  const folder = await makeFolder(t, Object.fromEntries(names.map((name) => [name, "x"])));
  const url = await startMount(t, { folder, immutable: true });
  const immutable = names.map(async (name) => {
    const { headers } = await ask(`${url}/files/${name}`, {});
    return String(headers["cache-control"]).includes("immutable");
  });
  assert.deepEqual(await Promise.all(immutable), [true, true, false, false]);
});

test("in a mount whose names all change with the content every one is immutable", async (t) => {
  // As Next names them.
  const names = ["chunks/0j9_3eaubl5ud.css", "otig45umIiEAEG-4hWGam/_buildManifest.js"];
  const folder = await makeFolder(t, Object.fromEntries(names.map((name) => [name, "x"])));
  const url = await startMount(t, { folder, immutable: "all" });
  for (const name of names) {
    const { headers } = await ask(`${url}/files/${name}`, {});
    assert.match(String(headers["cache-control"]), /immutable/, name);
  }
});

test("every encoding of a name leads to the same file", async (t) => {
  const folder = await makeFolder(t, { "a%41": "percent", aA: "plain", "ü.txt": "umlaut" });
  const url = await startMount(t, { folder });
  for (let round = 0; round < 2; round++) {
    assert.equal((await ask(`${url}/files/a%2541`, {})).body.toString(), "percent");
    assert.equal((await ask(`${url}/files/a%41`, {})).body.toString(), "plain");
    assert.equal((await ask(`${url}/files/%c3%bc.txt`, {})).body.toString(), "umlaut");
    // An overlong form of the same letter, and half of it.
    assert.equal((await ask(`${url}/files/%e0%83%bc.txt`, {})).status, 400);
    assert.equal((await ask(`${url}/files/%c3.txt`, {})).status, 400);
  }
  assert.equal((await ask(`${url}/files/${"%c0%ae%c0%ae"}/etc/passwd`, {})).status, 400);
});

import assert from "node:assert/strict";
import type { RequestListener } from "node:http";
import { type TestContext, test } from "node:test";
import { site } from "../site.ts";
import { runEdge, startEdge, startUpstream } from "../testing/edge.ts";
import { ask, makeFolder } from "../testing/files.ts";

const PICTURE = Buffer.alloc(3_000_000, "picture");

/** An edge in front of an application that names protected files. */
async function start(t: TestContext, application: RequestListener) {
  const media = await makeFolder(t, {
    "u1/cat.png": PICTURE,
    "u1/note.txt": "0123456789",
    ".key": "k",
  });
  const upstream = await startUpstream(t, "127.0.0.2", application, undefined);
  return startEdge(t, upstream, { media });
}

const names =
  (path: string, fields: Record<string, string | string[]> = {}, status = 200): RequestListener =>
  (_, response) => {
    response.writeHead(status, { "X-Accel-Redirect": path, ...fields });
    response.end("the application's own body");
  };

test("the file that the application names is sent with the application's fields", async (t) => {
  const url = await start(
    t,
    names("/protected-media/u1/cat.png", {
      "Content-Type": "image/x-cat",
      "Content-Disposition": 'attachment; filename="cat.png"',
      "Content-Length": "26",
      "Cache-Control": "private, max-age=60",
      "Set-Cookie": ["a=1", "b=2"],
      ETag: '"the application\'s"',
    }),
  );
  const { status, headers, body } = await ask(`${url}/pictures/1`, {});
  assert.equal(status, 200);
  assert.ok(body.equals(PICTURE));
  assert.equal(headers["content-type"], "image/x-cat");
  assert.equal(headers["content-disposition"], 'attachment; filename="cat.png"');
  assert.equal(headers["cache-control"], "private, max-age=60");
  assert.deepEqual(headers["set-cookie"], ["a=1", "b=2"]);
  assert.equal(headers["content-length"], String(PICTURE.length));
  assert.equal(headers["x-accel-redirect"], undefined);
  assert.notEqual(headers.etag, '"the application\'s"');
  assert.match(String(headers["server-timing"]), /^web;dur=/);
});

test("without fields of the application the file has its own type, and is private", async (t) => {
  const { headers, body } = await ask(await start(t, names("/protected-media/u1/note.txt")), {});
  assert.equal(body.toString(), "0123456789");
  assert.equal(headers["content-type"], "text/plain; charset=utf-8");
  assert.equal(headers["cache-control"], "private, no-cache");
  assert.equal(headers["x-content-type-options"], "nosniff");
});

test("ranges, conditions and HEAD work on a protected file as on any file", async (t) => {
  const url = await start(t, names("/protected-media/u1/note.txt", { "Set-Cookie": "a=1" }));
  const part = await ask(url, { range: "bytes=2-4" });
  assert.deepEqual([part.status, part.body.toString()], [206, "234"]);
  const etag = String(part.headers.etag);
  const same = await ask(url, { "if-none-match": etag });
  assert.deepEqual([same.status, same.headers["set-cookie"]], [304, "a=1"]);
  assert.equal((await ask(url, { range: "bytes=99-" })).status, 416);
  const head = await ask(url, {}, "HEAD");
  assert.deepEqual([head.status, head.headers["content-length"]], [200, "10"]);
  assert.equal((await ask(url, { range: "bytes=2-4" }, "POST")).body.toString(), "0123456789");
});

test("no client reaches a protected file by its own path", async (t) => {
  let requests = 0;
  const url = await start(t, (_, response) => {
    requests++;
    response.end("application");
  });
  assert.equal((await ask(`${url}/protected-media/u1/note.txt`, {})).status, 404);
  assert.equal(requests, 0);
  const encoded = await ask(`${url}/%70rotected-media/u1/note.txt`, {});
  assert.equal(encoded.body.toString(), "application");
});

for (const [path, status] of [
  ["/protected-media/u1/none.png", 404],
  ["/protected-media/../u1/note.txt", 404],
  ["/protected-media/%2e%2e/secret", 404],
  ["/protected-media/.key", 404],
  ["/protected-media/u1", 404],
  ["/etc/passwd", 500],
  ["/assets/style.css", 500],
  ["", 500],
] as const) {
  test(`where the application names "${path}" the client gets ${status}`, async (t) => {
    const url = await start(t, names(path, { "Set-Cookie": "a=1" }));
    const response = await ask(url, {});
    assert.equal(response.status, status);
    assert.doesNotMatch(response.body.toString(), /0123456789|root:|own body|^k/);
    assert.equal(response.headers["x-accel-redirect"], undefined);
  });
}

test("an error stays an error, and does not reveal which file it named", async (t) => {
  const url = await start(t, names("/protected-media/u1/note.txt", {}, 403));
  const { status, headers, body } = await ask(url, {});
  assert.deepEqual([status, body.toString()], [403, "the application's own body"]);
  assert.equal(headers["x-accel-redirect"], undefined);
});

test("a file is sent whole if the application's response breaks off", async (t) => {
  const url = await start(t, (_, response) => {
    response.writeHead(200, { "X-Accel-Redirect": "/protected-media/u1/cat.png" });
    response.write("the beginning of a body", () => response.destroy());
  });
  assert.ok((await ask(url, {})).body.equals(PICTURE));
});

test("an endless body of the application is aborted, and the file is sent whole", async (t) => {
  const broken = Promise.withResolvers<void>();
  const url = await start(t, (_, response) => {
    response.once("close", broken.resolve);
    response.writeHead(200, { "X-Accel-Redirect": "/protected-media/u1/cat.png" });
    const piece = Buffer.alloc(16 * 1024);
    const fill = () => {
      while (response.write(piece));
    };
    response.on("drain", fill);
    fill();
  });
  assert.ok((await ask(url, {})).body.equals(PICTURE));
  await broken.promise;
});

test("no encoding of its path reaches a protected file through a mount of the whole site", async (t) => {
  const media = await makeFolder(t, { "u1/note.txt": "0123456789" });
  const folder = await makeFolder(t, { "index.html": "a single page" });
  const application = names("/protected-media/u1/note.txt");
  const upstream = await startUpstream(t, "127.0.0.2", application, undefined);
  const page = { immutable: false, index: "index.html", fallback: "index.html" };
  const { ports } = await runEdge(t, upstream, { media }, (settings) => {
    const own = site(settings);
    const routes = own.routes.map((route) => ({ ...route, prefix: "/api/" }));
    return { ...own, files: [{ prefix: "/", folder, ...page }], routes };
  });
  const url = `http://127.0.0.1:${ports.http}`;
  const bodyOf = async (path: string) => (await ask(url + path, {})).body.toString();
  assert.equal(await bodyOf("/api/note"), "0123456789");
  assert.equal(await bodyOf("/%70rotected-media/u1/note.txt"), "a single page");
});

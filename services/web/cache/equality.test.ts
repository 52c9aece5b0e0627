import assert from "node:assert/strict";
import type { IncomingMessage, ServerResponse } from "node:http";
import { connect } from "node:net";
import { type TestContext, test } from "node:test";
import { chain } from "../testing/cache.ts";

const VARY = "Accept-Encoding, Accept-Language, Connection, Content-Length, Cookie, TE, X-Kind";
const NAMES = new Set(VARY.toLowerCase().split(", "));

/**
 * An application that shows what it sees of a request, and lets some fields override the method and
 * the address, as frameworks do.
 */
function mirror({ method, url, headers, rawHeaders }: IncomingMessage, response: ServerResponse) {
  const lines: string[] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at]?.toLowerCase() ?? "";
    if (NAMES.has(name)) lines.push(`${name}: ${rawHeaders[at + 1]}`);
  }
  const override = (name: string) => headers[name]?.toString();
  const seen = {
    method: override("x-http-method-override") ?? override("x-method-override") ?? method,
    url: override("x-original-url") ?? override("x-rewrite-url") ?? url,
    host: override("x-forwarded-path") ?? headers.host,
    scheme: headers["x-forwarded-proto"],
    lines: lines.sort(),
  };
  const body = Buffer.from(JSON.stringify(seen), "latin1");
  // So long that the second of two requests at once finds the first one under way.
  setTimeout(() => {
    response.writeHead(200, {
      ...{ "cache-control": "s-maxage=3600", vary: VARY, "content-length": body.length },
    });
    response.end(body);
  }, 20);
}

/** Sends a GET, each of whose characters is an octet; resolves with the body of the response. */
async function get(url: string, target: string, lines: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const head = [`GET ${target} HTTP/1.1`, ...lines].join("\r\n");
  const socket = connect(Number(port), hostname, () => socket.write(`${head}\r\n\r\n`, "latin1"));
  const got = Buffer.concat(await socket.toArray()).toString("latin1");
  return got.slice(got.indexOf("\r\n\r\n") + 4);
}

async function start(t: TestContext) {
  const bodyBehind = async (cacheSize: number) => {
    const { url } = await chain(t, mirror, { cacheSize });
    return (target: string, lines: readonly string[]) => {
      const own = lines.some((line) => /^host:/i.test(line)) ? [] : ["Host: a.example"];
      const closes = lines.some((line) => /^connection:/i.test(line)) ? [] : ["Connection: close"];
      return get(url, target, [...own, ...closes, ...lines]);
    };
  };
  return { cached: await bodyBehind(64 * 1024 ** 2), direct: await bodyBehind(0) };
}

/** Two requests that some program takes for the same, which the application sees differently. */
const pairs: [string, readonly string[], readonly string[]][] = [
  ["a list in one line or in two", ["X-Kind: a", "X-Kind: b"], ["X-Kind: a, b"]],
  ["the order of two lines", ["X-Kind: a", "X-Kind: b"], ["X-Kind: b", "X-Kind: a"]],
  ["an empty field or none", ["X-Kind:"], []],
  ["a no-break space", ["Accept-Language: de\xa0"], ["Accept-Language: de"]],
  ["a no-break space in a list", ["Accept-Language: de,\xa0en"], ["Accept-Language: de, en"]],
  ["a no-break space alone", ["Accept-Encoding: \xa0"], ["Accept-Encoding: "]],
  ["spaces in a list", ["Accept-Language: de , en"], ["Accept-Language: de, en"]],
  ["letter case", ["Accept-Language: DE"], ["Accept-Language: de"]],
  [
    "languages in one line or in two",
    ["Accept-Language: en", "Accept-Language: de"],
    ["Accept-Language: en, de"],
  ],
  ["weights", ["Accept-Encoding: br;q=0.1, gzip"], ["Accept-Encoding: br, gzip;q=0.1"]],
  ["the order of codings", ["Accept-Encoding: br, gzip"], ["Accept-Encoding: gzip, br"]],
  ["letter case of codings", ["Accept-Encoding: GZIP"], ["Accept-Encoding: gzip"]],
  [
    "a refused coding that is malformed",
    ["Accept-Encoding: gzip;q=0\xa0"],
    ["Accept-Encoding: gzip;q=0"],
  ],
  ["a length of 0", ["Content-Length: 0"], []],
  ["spaces in a cookie", ["Cookie: a=1;b=2"], ["Cookie: a=1; b=2"]],
  [
    "a field that Connection names with a no-break space",
    ["Connection: X-Kind\xa0, close", "X-Kind: a"],
    ["Connection: X-Kind, close", "X-Kind: a"],
  ],
  ["letter case of the host", ["Host: A.example"], ["Host: a.example"]],
  ["the host's last dot", ["Host: a.example."], ["Host: a.example"]],
  ["the scheme's own port", ["Host: a.example:80"], ["Host: a.example"]],
  ["a field that overrides the method", ["X-HTTP-Method-Override: DELETE"], []],
  ["another one", ["x-method-override: HEAD"], []],
  ["a field that overrides the address", ["X-Original-URL: /admin"], []],
  ["another address", ["X-Rewrite-URL: /admin"], []],
  ["a forwarded field that no proxy of ours writes", ["X-Forwarded-Path: /admin"], []],
];

test("each request gets what the application makes of it, whatever was requested before", async (t) => {
  const { cached, direct } = await start(t);
  const mistaken = pairs.map(async ([what, one, other], at) => {
    const gets = async (first: readonly string[], second: readonly string[], order: string) => {
      const target = `/before/${at}/${order}`;
      await cached(target, first);
      return (await cached(target, second)) === (await direct(target, second));
    };
    return (await gets(one, other, "a")) && (await gets(other, one, "b")) ? [] : [what];
  });
  assert.deepEqual((await Promise.all(mistaken)).flat(), []);
});

test("each request gets what the application makes of it, whatever is requested at the same moment", async (t) => {
  const { cached, direct } = await start(t);
  const mistaken = pairs.map(async ([what, one, other], at) => {
    const target = `/together/${at}`;
    const requests = [one, other, one, other];
    const got = await Promise.all(requests.map((lines) => cached(target, lines)));
    const expected = [await direct(target, one), await direct(target, other)];
    return got.join("\n") === [...expected, ...expected].join("\n") ? [] : [what];
  });
  assert.deepEqual((await Promise.all(mistaken)).flat(), []);
});

test("targets that mean the same to some programs have responses of their own", async (t) => {
  const { cached, direct } = await start(t);
  const targets = [
    "/a?x=1&y=2",
    "/a?y=2&x=1",
    "/a?",
    "/a",
    "//a",
    "/a/",
    "/%61",
    "/A",
    "/a;p",
    "/./a",
  ];
  for (const target of targets) {
    await cached(target, []);
    assert.equal(await cached(target, []), await direct(target, []), target);
  }
});

test("requests that are the same to the application share a response", async (t) => {
  const { url, requests } = await chain(t, mirror, {});
  const send = (...lines: string[]) => get(url, "/", ["Host: a", ...lines]);
  await send("Connection: close", "Cookie: a=1; b=2", "X-Kind: a");
  await send("Connection: close", "x-kind:\ta  ", "Cookie: a=1", "Cookie: b=2", "TE: trailers");
  await send("Connection: close, TE", "cookie: a=1; b=2", "X-KIND: a", "X-Forwarded-For: 6.6.6.6");
  assert.equal(requests.length, 1);
});

test("a proxy in front that writes such a field into every request leaves the cache its use", async (t) => {
  const { url, requests } = await chain(t, mirror, {});
  const lines = ["Host: a", "Connection: close", "X-Original-URL: /", "X-Scheme: https"];
  const first = await get(url, "/", lines);
  assert.equal(await get(url, "/", lines), first);
  assert.equal(requests.length, 1);
});

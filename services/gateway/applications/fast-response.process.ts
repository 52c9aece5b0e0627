import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { test } from "node:test";
import { startGateway, writeModules } from "../testing/gateway-process.ts";

/** What applications make of Response, by the path at which each is requested. */
const SOURCE = `
const Early = Response;
let Later;
class Page extends Response {
  constructor(text) { super("<p>" + text, { headers: { "Content-Type": "text/html" } }); }
}
const kept = {};
const uses = {
  text: () => new Response("Zoë"),
  json: () => Response.json({ a: [1, "é"] }),
  jsonWith: () => Response.json({}, { status: 201, headers: { "Content-Type": "application/problem+json" } }),
  bytes: () => new Response(new Uint8Array([0, 255, 10])),
  buffer: () => new Response(new Uint8Array([1, 2, 3]).buffer),
  view: () => new Response(new DataView(new Uint8Array([9, 1, 2, 3, 9]).buffer, 1, 3)),
  blob: () => new Response(new Blob(["<b>"], { type: "text/html" })),
  query: () => new Response(new URLSearchParams({ a: "1 2" })),
  nothing: () => new Response(null, { status: 204 }),
  empty: () => new Response(""),
  absent: () => new Response(),
  status: () => new Response("no", { status: 418, statusText: "Teapot" }),
  redirect: () => Response.redirect("http://shop.test/next", 303),
  cookies: () => {
    const response = new Response("two");
    response.headers.append("Set-Cookie", "a=1");
    response.headers.append("Set-Cookie", "b=2");
    return response;
  },
  array: () => new Response("x", { headers: [["X-A", "1"], ["X-A", "2"]] }),
  headers: () => new Response("x", { headers: new Headers({ "X-A": "1" }) }),
  length: () => new Response("four", { headers: { "Content-Length": "4" } }),
  late: () => {
    const response = new Response("x", { headers: { "X-A": "1", "X-B": "1" } });
    response.headers.set("X-A", "2");
    response.headers.delete("X-B");
    return response;
  },
  clone: () => new Response("copied").clone(),
  read: async () => new Response("[" + await new Response("inner").text() + "]"),
  rewrapped: () => { const from = new Response("x", { status: 203, headers: { "X-A": "1" } }); return new Response(from.body, from); },
  rewrappedTwice: () => {
    // As a framework does whose middleware sets fields of the response.
    const from = new Response(null, { status: 303, statusText: "Go", headers: { Location: "/" } });
    const one = new Response(from.body, from);
    one.headers.append("Set-Cookie", "a=1");
    const two = new Response(one.body, one);
    two.headers.set("X-A", "1");
    return new Response(two.body, two);
  },
  changedAfterwards: () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const init = { status: 201, headers: { "X-A": "1" } };
    const response = new Response(bytes, init);
    init.status = 202;
    init.headers["X-A"] = "2";
    bytes.fill(0);
    return response;
  },
  bufferChangedAfterwards: () => {
    const bytes = new Uint8Array([1, 2, 3]);
    const response = new Response(bytes.buffer);
    bytes.fill(0);
    return response;
  },
  headersChangedAfterwards: () => {
    const headers = new Headers({ "X-A": "1" });
    const response = new Response(new Uint8Array([7]).buffer, { headers });
    headers.set("X-A", "2");
    return response;
  },
  pairsChangedAfterwards: () => {
    const headers = [["X-A", "1"]];
    const response = new Response(new DataView(new Uint8Array([7, 8]).buffer, 1), { headers });
    headers[0][1] = "2";
    return response;
  },
  inherited: () => {
    class Init {
      get status() { return 203; }
      get headers() { return { "X-A": "1" }; }
    }
    const response = new Response("x", new Init());
    response.headers.set("X-B", "1");
    return new Response(response.body, response);
  },
  blobOf: async () => {
    const blob = await new Response("x", { headers: { "Content-Type": "text/css" } }).blob();
    return new Response(blob.type + blob.size);
  },
  readBefore: async () => {
    const response = new Response("read");
    const before = response.bodyUsed;
    await response.text();
    return Response.json([before, response.bodyUsed, await response.text().catch((error) => error.name)]);
  },
  cloneOfRead: async () => {
    const response = new Response("read");
    await response.bytes();
    return response.clone();
  },
  sendRead: async () => {
    const response = new Response("read");
    await response.text();
    return response;
  },
  halfRead: async () => {
    const response = new Response("both halves");
    const [one, two] = [response.clone(), response];
    return new Response(await one.text() + await two.text());
  },
  brand: () => {
    const status = Object.getOwnPropertyDescriptor(Response.prototype, "status").get;
    return new Response(String(status.call(new Response("x", { status: 201 }))));
  },
  parts: () => {
    const { ok, url, type, redirected } = new Response("x", { status: 404 });
    return Response.json({ ok, url, type, redirected, tag: String(new Response("x")) });
  },
  error: () => new Response(Response.error().type),
  notJson: () => Response.json(undefined),
  surrogate: () => new Response("\\ud800"),
  shared: () => new Response(new Uint8Array(new SharedArrayBuffer(2))),
  map: () => new Response("x", { headers: new Map([["X-A", "1"], ["X-B", "2"]]) }),
  pairs: () => new Response("x", { headers: new Headers({ "X-A": "1" }).entries() }),
  twoCookies: () => new Response("x", { headers: new Map([["Set-Cookie", "s=1"]]) }),
  status700: () => new Response("x", { status: 700 }),
  badReason: () => new Response("x", { statusText: "a\\r\\nb" }),
  typeOfText: () => new Response(String(new Response("y").headers.get("content-type"))),
  typeOfJson: () => new Response(String(Response.json({}).headers.get("content-type"))),
  queryChangedAfterwards: () => {
    const query = new URLSearchParams({ a: "1" });
    const response = new Response(query);
    query.set("a", "2");
    return response;
  },
  form: async () => {
    const form = new FormData();
    form.set("a", "1");
    const response = new Response(form);
    form.set("a", "2");
    return new Response(String((await response.formData()).get("a")));
  },
  keptEmpty: () => (kept.empty ??= new Response(null, { status: 205, headers: { "X-A": "1" } })),
  keptText: () => (kept.text ??= new Response("once", { status: 404 })),
  extended: () => new Page("hello"),
  later: () => {
    // Made while requests are served: its parent is the global Response of that time.
    Later ??= class extends Response {};
    const later = new Later("x");
    return Response.json([later instanceof Later, later instanceof Response, new Response() instanceof Later]);
  },
  early: () => new Early("of Node"),
  stream: () => new Response(new Blob(["streamed"]).stream()),
  instances: () => Response.json([
    new Response() instanceof Response, new Response() instanceof Early, new Early() instanceof Response,
    new Page("") instanceof Response, ({}) instanceof Response, Response.redirect("http://a.test") instanceof Response,
  ]),
  chunked: () => new Response("x", { headers: { "Transfer-Encoding": "chunked" } }),
  badStatus: () => new Response("x", { status: 99 }),
  badBody: () => new Response("x", { status: 204 }),
  badField: () => new Response("x", { headers: { "X-A": "1\\r\\nX-B: 2" } }),
};
export default async (request) => {
  const name = new URL(request.url).pathname.slice(1);
  if (name === "uses") return Response.json(Object.keys(uses));
  return uses[name]?.() ?? new Response("no such use", { status: 404 });
};`;

/** How it is framed, and what differs each time. */
const OWN =
  /^(date|connection|keep-alive|content-length|transfer-encoding|x-request-id|server-timing)$/;

interface Received {
  readonly status: number | undefined;
  readonly reason: string | undefined;
  readonly fields: readonly string[];
  readonly length: string | undefined;
  readonly body: string;
}

async function get(origin: string, path: string, method = "GET"): Promise<Received> {
  const asked = request(`${origin}/${path}`, { method }).end();
  const [response] = await once(asked, "response");
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece);
  // Lines of one name are one list (RFC 9110, section 5.3), but for cookies.
  const fields = Object.entries<string[]>(response.headersDistinct).flatMap(([name, lines]) => {
    if (OWN.test(name)) return [];
    const values = name === "set-cookie" ? lines : [lines.join(", ")];
    return values.map(
      (value) => `${name}: ${value.replace("; charset", ";charset").toLowerCase()}`,
    );
  });
  return {
    status: response.statusCode,
    reason: response.statusMessage,
    fields: fields.sort(),
    length: response.headers["content-length"],
    body: Buffer.concat(pieces)
      .toString("latin1")
      .replace(/[0-9a-f-]{36}/g, "ID"),
  };
}

test("an application sends with the fast Response what it sends with Node's", async (t) => {
  const folder = await writeModules(t, { "app.mjs": SOURCE });
  const start = (fast: string) =>
    startGateway(
      t,
      `${folder}/app.mjs`,
      "--workers=1",
      "--port=0",
      `--fast-response=${fast}`,
    ).ready();
  const [ours, node] = await Promise.all([start("on"), start("off")]);
  const names: string[] = JSON.parse((await get(node, "uses")).body);
  // What has no body any more is an error of its application's: see below.
  for (const name of names.filter((each) => !/keptText|sendRead/.test(each))) {
    for (const method of ["GET", "HEAD"]) {
      const [sent, expected] = [await get(ours, name, method), await get(node, name, method)];
      assert.deepEqual({ ...sent, length: 0 }, { ...expected, length: 0 }, `${method} ${name}`);
    }
  }
});

test("text, JSON and bytes have their length, and a stream has none", async (t) => {
  const folder = await writeModules(t, { "app.mjs": SOURCE });
  const origin = await startGateway(t, `${folder}/app.mjs`, "--workers=1").ready();
  const lengths = ["text", "json", "bytes", "buffer", "view", "cookies", "early", "stream"].map(
    async (name) => [name, (await get(origin, name)).length],
  );
  assert.deepEqual(Object.fromEntries(await Promise.all(lengths)), {
    text: "4",
    json: "14",
    bytes: "3",
    buffer: "3",
    view: "3",
    cookies: "3",
    early: undefined,
    stream: undefined,
  });
});

test("a response whose body was read or sent is an error, and one without a body can be sent again", async (t) => {
  const folder = await writeModules(t, { "app.mjs": SOURCE });
  const origin = await startGateway(t, `${folder}/app.mjs`, "--workers=1").ready();
  const first = await get(origin, "keptEmpty");
  assert.deepEqual([first.status, first.fields], [205, ["x-a: 1"]]);
  assert.deepEqual(await get(origin, "keptEmpty"), first);
  assert.equal((await get(origin, "keptText")).status, 404);
  assert.equal((await get(origin, "keptText")).status, 500, "its body was sent");
  assert.equal((await get(origin, "sendRead")).status, 500, "its body was read");
});

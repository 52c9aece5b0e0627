import assert from "node:assert/strict";
import { once } from "node:events";
import { Agent, createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { type TestContext, test } from "node:test";
import express from "express";
import fastify from "fastify";
import { H3 } from "h3";
import { Hono } from "hono";
import { Router } from "./router.ts";
import type { ProxyRoute } from "./site.ts";

/** What responds in each application, and the prefix of the site's route. */
const PAGES = ["/login", "/x", "/~me"] as const;
const REST = "rest";

const route = (prefix: string): ProxyRoute => ({
  prefix,
  name: prefix,
  bodyLimit: undefined,
  body: "stream",
  continues: "edge",
  cache: false,
  timeouts: {},
  rate: undefined,
});
const router = new Router([], ["/", ...PAGES.map((page) => `${page}/`)].map(route));

/** Ways to write a path that begins with one of the pages, each with itself and in pairs. */
const SPELLINGS: readonly ((path: string) => string)[] = [
  (path) => path,
  (path) => `${path}/`,
  (path) => `${path}/in`,
  (path) => path.toUpperCase(),
  (path) => path.replace("/l", "/%6c").replace("/~", "/%7e").replace("/x", "/%78"),
  (path) => `/${path}`,
  (path) => `${path}//`,
  (path) => `${path};a=b`,
  (path) => `/.${path}`,
  (path) => `/y/..${path}`,
  (path) => `/x/..${path}`,
  (path) => `/y/%2e%2e${path}`,
  (path) => `${path}/../y`,
  (path) => `/\\${path.slice(1)}`,
  (path) => `${path}\\in`,
  (path) => `${path}%2fin`,
  (path) => `${path}/..%2fy`,
  (path) => `/y%2f..${path}`,
  (path) => `${path}?a=/../x`,
];

const PATHS = new Set(
  PAGES.flatMap((page) => SPELLINGS.flatMap((one) => SPELLINGS.map((other) => other(one(page))))),
);

/** The names of pages that an application may respond as; the gateway hands it the target as it is. */
type Ask = (path: string) => Promise<string>;

/** Sends the path as it is written. */
function askServer(t: TestContext, port: number): Ask {
  const agent = new Agent({ keepAlive: true });
  t.after(() => agent.destroy());
  return async (path) => {
    const [response] = await once(
      request({ host: "127.0.0.1", port, path, agent }).end(),
      "response",
    );
    return text(response);
  };
}

async function startExpress(t: TestContext): Promise<Ask> {
  const app = express();
  for (const page of PAGES) app.use(page, (_, response) => void response.send(page));
  app.use((_, response) => void response.send(REST));
  const server = createServer(app).listen(0, "127.0.0.1");
  t.after(() => server.close());
  await once(server, "listening");
  return askServer(t, (server.address() as AddressInfo).port);
}

const startFastify =
  (options: object) =>
  async (t: TestContext): Promise<Ask> => {
    const app = fastify({ routerOptions: options });
    for (const page of PAGES) {
      for (const path of [page, `${page}/*`]) app.get(path, () => page);
    }
    app.setNotFoundHandler(() => REST);
    t.after(() => app.close());
    await app.listen({ port: 0, host: "127.0.0.1" });
    return askServer(t, (app.server.address() as AddressInfo).port);
  };

/** As srvx makes a request of a target. */
const requestOf = (path: string) => new Request(`http://a.example${path}`);

async function startHono(): Promise<Ask> {
  const app = new Hono({ strict: false });
  for (const page of PAGES) app.get(`${page}/*`, (context) => context.text(page));
  app.notFound((context) => context.text(REST));
  return async (path) => (await app.fetch(requestOf(path))).text();
}

async function startH3(): Promise<Ask> {
  const app = new H3();
  for (const page of PAGES) app.get(`${page}/**`, () => page);
  app.get("/**", () => REST);
  return async (path) => (await app.fetch(requestOf(path))).text();
}

const LENIENT = {
  caseSensitive: false,
  ignoreDuplicateSlashes: true,
  ignoreTrailingSlash: true,
  useSemicolonDelimiter: true,
};

const applications: readonly (readonly [name: string, start: (t: TestContext) => Promise<Ask>])[] =
  [
    ["Express", startExpress],
    ["Fastify", startFastify({})],
    ["Fastify at its most lenient", startFastify(LENIENT)],
    ["Hono", startHono],
    ["h3", startH3],
  ];

for (const [name, start] of applications) {
  test(`whichever page of ${name} responds, its route was found, however the path is written`, async (t) => {
    const ask = await start(t);
    let pages = 0;
    for (const path of PATHS) {
      const responded = await ask(path);
      const found = router.routesOf(path).map(({ prefix }) => prefix);
      const expected = responded === REST ? "/" : `${responded}/`;
      if (responded !== REST) pages++;
      assert.ok(found.includes(expected), `${path}: ${responded} responded, ${found} were found`);
    }
    assert.ok(pages > PAGES.length * SPELLINGS.length, `only ${pages}`);
  });
}

import assert from "node:assert/strict";
import { setTimeout as pause } from "node:timers/promises";
import { type Call, type HttpResponse, header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, slow, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

let made = 0;

/** A new target: no other row has cached anything for it. */
function target(query: Record<string, string>): string {
  made += 1;
  return `/cached?${new URLSearchParams({ n: `${process.pid}-${made}`, ...query })}`;
}

const ask = ({ http }: Subject, to: string, options: Call = {}): Promise<HttpResponse> =>
  call(http, { target: to, ...options });

/** Whether a second request gets the response of the first. */
async function kept(subject: Subject, query: Record<string, string>, options: Call = {}) {
  const to = target(query);
  const [first, second] = [await ask(subject, to, options), await ask(subject, to, options)];
  assert.deepEqual([first.status, second.status], [200, 200]);
  return first.text === second.text;
}

const keeps = (id: string, rfc: string, says: string, query: Record<string, string>) =>
  edge(id, rfc, says, async (subject) =>
    assert.ok(await kept(subject, query), "the response was not cached"),
  );

const makesAnew = (
  id: string,
  rfc: string,
  says: string,
  query: Record<string, string>,
  options: Call = {},
) =>
  edge(id, rfc, says, async (subject) =>
    assert.ok(!(await kept(subject, query, options)), "the response was cached"),
  );

/** Milliseconds after which max-age=1 has passed, also for a clock of whole seconds. */
const STALE = 2_100;
/** Milliseconds: enough for the first response on a busy machine. */
const FAILS_AFTER = 4_000;
const FRESH = { cc: "public, max-age=60" };

export const caching: Topic = {
  name: "caching",
  rows: [
    keeps("max-age", "9111 4.2", "a response that allows it is cached", FRESH),
    keeps("s-maxage", "9111 5.2.2.10", "s-maxage outranks max-age", {
      cc: "max-age=0, s-maxage=60",
    }),
    makesAnew("silent", "9111 4.2.2", "a response without Cache-Control is not cached", {}),
    makesAnew("no-store", "9111 5.2.2.5", "no-store is not cached", { cc: "no-store, max-age=60" }),
    makesAnew("private", "9111 5.2.2.7", "private is not cached", { cc: "private, max-age=60" }),
    makesAnew("no-cache", "9111 5.2.2.4", "no-cache is not reused without validation", {
      cc: "no-cache",
    }),
    makesAnew("next", "", "a page that Next caches itself is not cached", {
      cc: "s-maxage=31536000",
      next: "HIT",
    }),
    keeps("next image", "", "an image that Next has optimized is cached", {
      cc: "public, max-age=14400",
      next: "HIT",
    }),
    makesAnew("cookie", "", "a response that sets a cookie is not cached", {
      ...FRESH,
      cookie: "a=1",
    }),
    makesAnew(
      "Authorization",
      "9111 3.5",
      "a response to a request with Authorization is not cached",
      { cc: "max-age=60" },
      {
        headers: { authorization: "Basic eDp5" },
      },
    ),
    makesAnew(
      "another method",
      "",
      "a request that names another method gets no cached response",
      FRESH,
      {
        headers: { "x-http-method-override": "DELETE" },
      },
    ),
    edge(
      "another address",
      "",
      "a response to a request that names another address or host is for nobody else",
      async (subject) => {
        for (const name of ["x-original-url", "x-rewrite-url", "x-host", "x-forwarded-uri"]) {
          const to = target(FRESH);
          const other = await ask(subject, to, { headers: { [name]: "/another" } });
          assert.notEqual((await ask(subject, to)).text, other.text, name);
        }
      },
    ),
    makesAnew("POST", "9111 4", "a POST gets no cached response", FRESH, { method: "POST" }),
    edge("status", "9211 2.1", "Cache-Status reports a hit", async (subject) => {
      const to = target(FRESH);
      assert.doesNotMatch(header(await ask(subject, to), "cache-status"), /; *hit/);
      assert.match(header(await ask(subject, to), "cache-status"), /; *hit/);
    }),
    slow(
      edge("Age", "9111 5.1", "a cached response has an Age", async (subject) => {
        const to = target(FRESH);
        await ask(subject, to);
        await pause(1_100);
        assert.ok(Number(header(await ask(subject, to), "age")) >= 1);
      }),
    ),
    edge("Vary", "9111 4.1", "responses that vary are cached separately", async (subject) => {
      const to = target({ ...FRESH, vary: "Accept-Language" });
      const inLanguage = (language: string) =>
        ask(subject, to, { headers: { "accept-language": language } });
      const [german, french] = [await inLanguage("de"), await inLanguage("fr")];
      assert.notEqual(german.text, french.text);
      assert.equal((await inLanguage("de")).text, german.text);
      assert.equal((await inLanguage("fr")).text, french.text);
    }),
    edge(
      "own ids",
      "",
      "a cached response has the id of the current request, and only the edge's time",
      async (s) => {
        const to = target({ ...FRESH, id: "from-the-application" });
        const ids = [
          header(await ask(s, to), "x-request-id"),
          header(await ask(s, to), "x-request-id"),
        ];
        assert.notEqual(ids[0], ids[1]);
        assert.ok(!ids.includes("from-the-application"));
        assert.match(header(await ask(s, to), "server-timing"), /^web;dur=[\d.]+$/);
      },
    ),
    edge(
      "coalesced",
      "",
      "many requests at once for the same missing response are one upstream request",
      async (subject) => {
        const to = target({ ...FRESH, ms: "300" });
        const responses = await Promise.all(Array.from({ length: 20 }, () => ask(subject, to)));
        assert.equal(new Set(responses.map(({ text }) => text)).size, 1);
      },
    ),
    edge(
      "conditional",
      "9111 4.3.2",
      "a client's If-None-Match is evaluated in the cache",
      async (s) => {
        const to = target({ ...FRESH, etag: '"v1"' });
        await ask(s, to);
        await s.witness.clear();
        const again = await ask(s, to, { headers: { "if-none-match": '"v1"' } });
        assert.equal(again.status, 304);
        assert.deepEqual(await s.witness.seen(), []);
      },
    ),
    edge(
      "conditional, not cached",
      "9111 4.3",
      "without a cached response If-None-Match reaches the application, and its 304 the client",
      async (s) => {
        const to = target({ etag: '"v1"' });
        await s.witness.clear();
        const response = await ask(s, to, { headers: { "if-none-match": '"v1"' } });
        assert.equal(response.status, 304);
        const { rawHeaders } = await s.witness.requestTo("/cached");
        assert.ok(rawHeaders.includes('"v1"'), "the request has no If-None-Match");
      },
    ),
    keeps("CDN-Cache-Control", "9213 2.2", "CDN-Cache-Control outranks Cache-Control", {
      cc: "no-store",
      cdn: "max-age=60",
    }),
    edge("Vary by lines", "9111 4.1", "a list in two lines is another variant", async (s) => {
      const to = target({ ...FRESH, vary: "X-Kind" });
      const one = await ask(s, to, { headers: { "x-kind": "a, b" } });
      const two = await ask(s, to, { headers: { "x-kind": ["a", "b"] } });
      assert.notEqual(one.text, two.text);
    }),
    edge("HEAD", "9110 9.3.2", "HEAD gets the cached response of a GET", async (subject) => {
      const to = target(FRESH);
      await ask(subject, to);
      await subject.witness.clear();
      const head = await ask(subject, to, { method: "HEAD" });
      assert.deepEqual([head.status, head.text], [200, ""]);
      assert.deepEqual(await subject.witness.seen(), []);
    }),
    slow(
      edge(
        "revalidated",
        "9111 4.3",
        "a stale response is validated by its ETag, and a 304 makes it fresh",
        async (s) => {
          const to = target({ cc: "max-age=1", etag: '"v1"' });
          const first = await ask(s, to);
          await pause(STALE);
          await s.witness.clear();
          const again = await ask(s, to);
          assert.deepEqual([again.status, again.text], [200, first.text]);
          const { rawHeaders } = await s.witness.requestTo("/cached");
          assert.ok(rawHeaders.includes('"v1"'), "the request has no ETag");
        },
      ),
    ),
    slow(
      edge(
        "while revalidating",
        "5861 3",
        "stale-while-revalidate responds at once and validates in the background",
        async (s) => {
          const to = target({ cc: "max-age=1, stale-while-revalidate=30", ms: "500" });
          const first = await ask(s, to);
          await pause(STALE);
          const start = performance.now();
          assert.equal((await ask(s, to)).text, first.text);
          assert.ok(performance.now() - start < 400, "the client waited for the new response");
          await pause(800);
          assert.notEqual((await ask(s, to)).text, first.text);
        },
      ),
    ),
    slow(
      edge(
        "if in error",
        "5861 4",
        "stale-if-error is used while the application fails",
        async (subject) => {
          const failing = Date.now() + FAILS_AFTER;
          const to = target({ cc: "max-age=1, stale-if-error=30", "fail-from": String(failing) });
          const first = await ask(subject, to);
          await pause(failing + 200 - Date.now());
          const again = await ask(subject, to);
          assert.deepEqual([again.status, again.text], [200, first.text]);
        },
      ),
    ),
    edge(
      "by host",
      "9111 4",
      "the same path of two hosts is cached separately",
      async (subject) => {
        const to = target(FRESH);
        const [one, two] = [
          await ask(subject, to, { headers: { host: "one.example" } }),
          await ask(subject, to, { headers: { host: "two.example" } }),
        ];
        assert.notEqual(one.text, two.text);
      },
    ),
    edge("unkeyed", "", "forged fields do not change the cached response", async (subject) => {
      const to = target(FRESH);
      const forged = { "x-forwarded-host": "evil.example", "x-forwarded-proto": "gopher" };
      const first = await ask(subject, to, { headers: forged });
      assert.doesNotMatch(JSON.stringify(first.headers) + first.text, /evil|gopher/);
      assert.equal((await ask(subject, to)).text, first.text);
    }),
  ],
};

import assert from "node:assert/strict";
import { logOf } from "../../stack/docker.ts";
import { call as callOnKept, header } from "../../stack/http.ts";
import { startSideEdge } from "../../stack/side-edge.ts";
import { call, Wire } from "../client.ts";
import { edge, type Row, slow, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

/** On the network of the stack this host is the first address, whichever that is. */
const EVERYBODY = "0.0.0.0/0";
const GET = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
/** Version 2, PROXY, TCP over IPv4: from 198.51.100.7:4711 to 192.0.2.1:443. */
const BINARY = `${SIGNATURE}\x21\x11\0\x0c\xc6\x33\x64\x07\xc0\0\x02\x01\x12\x67\x01\xbb`;

/** A row about an edge of its own, which has these settings besides. */
function withSettings(
  id: string,
  says: string,
  changes: readonly string[],
  check: (origin: string, subject: Subject) => Promise<void>,
): Row {
  return slow(
    edge(id, "", says, async (subject) => {
      await using side = await startSideEdge(subject.stack, subject.edge, changes);
      await check(side.origin, subject);
    }),
  );
}

/** What the application hears of the client, if the connection begins with these bytes. */
async function clientBehind(origin: string, header: string): Promise<string> {
  using wire = await Wire.to(origin);
  wire.write(header + GET);
  const heard = await wire.end();
  return /"X-Forwarded-For","([^"]*)"/i.exec(heard)?.[1] ?? heard;
}

async function statuses(origin: string, count: number): Promise<number[]> {
  const answers = await Promise.all(Array.from({ length: count }, () => call(`${origin}/`)));
  return answers.map(({ status }) => status);
}

const RATE = ["WEB_LIMIT_CLIENT_RATE=1", "WEB_LIMIT_CLIENT_BURST=4"];

export const settings: Topic = {
  name: "settings",
  rows: [
    withSettings(
      "redirect",
      "HTTP can be made to lead to HTTPS, by 308",
      ["WEB_HTTPS=redirect", "WEB_PUBLIC_ORIGIN=https://shop.example"],
      async (origin) => {
        const response = await call(origin, { target: "/a?b", method: "POST" });
        assert.equal(response.status, 308);
        assert.equal(header(response, "location"), "https://shop.example/a?b");
      },
    ),
    withSettings(
      "no timing",
      "Server-Timing can be left out",
      ["WEB_SERVER_TIMING=off"],
      async (o) => {
        assert.equal((await call(o)).headers["server-timing"], undefined);
      },
    ),
    withSettings(
      "rate",
      "a client above its rate gets 429, with Retry-After",
      RATE,
      async (origin) => {
        const answers = await Promise.all(Array.from({ length: 12 }, () => call(`${origin}/`)));
        const served = answers.filter(({ status }) => status === 200);
        const refused = answers.filter(({ status }) => status === 429);
        assert.ok(served.length >= 4 && refused.length >= 1, `${served.length}, ${refused.length}`);
        assert.equal(served.length + refused.length, 12);
        for (const response of refused) assert.ok(Number(header(response, "retry-after")) >= 1);
      },
    ),
    withSettings(
      "dry run",
      "in a dry run it is served",
      [...RATE, "WEB_LIMITS_DRY_RUN=on"],
      async (o) => {
        assert.deepEqual(new Set(await statuses(o, 12)), new Set([200]));
      },
    ),
    withSettings(
      "connections",
      "a client with too many connections is turned away",
      ["WEB_LIMIT_CLIENT_CONNECTIONS=3"],
      async (origin) => {
        const held = await Promise.all([1, 2, 3].map(() => Wire.to(origin)));
        for (const wire of held) wire.write("GET /endless HTTP/1.1\r\nHost: a.example\r\n\r\n");
        for (const wire of held)
          while (!wire.heard.includes("data: 1")) await new Promise(setImmediate);
        const fourth = await call(origin).then(
          ({ status }) => status,
          () => 429,
        );
        for (const wire of held) wire[Symbol.dispose]();
        assert.equal(fourth, 429);
      },
    ),
    withSettings(
      "PROXY 1",
      "a PROXY line tells who the client is",
      [`WEB_PROXY_PROTOCOL=${EVERYBODY}`],
      async (origin) => {
        const line = "PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n";
        assert.equal(await clientBehind(origin, line), "198.51.100.7");
      },
    ),
    withSettings(
      "PROXY 2",
      "the binary PROXY header too",
      [`WEB_PROXY_PROTOCOL=${EVERYBODY}`],
      async (origin) => {
        assert.equal(await clientBehind(origin, BINARY), "198.51.100.7");
      },
    ),
    withSettings(
      "no PROXY",
      "without the header that is due nothing is answered",
      [`WEB_PROXY_PROTOCOL=${EVERYBODY}`],
      async (origin, { witness }) => {
        await witness.forget();
        assert.doesNotMatch(await clientBehind(origin, ""), /^HTTP\/1\.1 2/);
        assert.deepEqual(await witness.seen(), []);
      },
    ),
    slow(
      edge(
        "bad",
        "",
        "a bad value stops the start, and the last line names it",
        async (subject) => {
          const bad = ["WEB_UPSTREAM=app:8000; }", "WEB_LIMIT_CLIENT_RATE=many"];
          for (const change of bad) {
            const [name = ""] = change.split("=");
            const failure = await startSideEdge(subject.stack, subject.edge, [change]).then(
              async (side) => {
                await side[Symbol.asyncDispose]();
                return "it started";
              },
              (error: Error) => error.message,
            );
            assert.match(failure, new RegExp(`${name}\\b`));
          }
        },
      ),
    ),
    slow(
      edge(
        "stop",
        "",
        "a stop finishes what is in flight, tells kept connections, and ends with 0",
        async (s) => {
          await using side = await startSideEdge(s.stack, s.edge);
          await s.witness.forget();
          using wire = await Wire.to(side.origin);
          wire.write("GET /pieces HTTP/1.1\r\nHost: a.example\r\n\r\n");
          await s.witness.sightingOf("/pieces");
          await side.container.kill({ signal: "SIGTERM" });
          assert.match((await wire.response()).body, /data: 3\n/);
          const { StatusCode } = await side.container.wait();
          assert.equal(StatusCode, 0, await logOf(side.container, 10));
          await assert.rejects(callOnKept(side.origin, { agent: false }));
        },
      ),
    ),
  ],
};

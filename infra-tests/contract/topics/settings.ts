import assert from "node:assert/strict";
import { logOf } from "../../stack/docker.ts";
import { call as callOnKept, header } from "../../stack/http.ts";
import { startSideEdge } from "../../stack/side-edge.ts";
import { call, Wire } from "../client.ts";
import { edge, type Row, slow, type Topic } from "../row.ts";
import type { Subject } from "../subject.ts";

/** This machine has an unknown address on the network of the stack. */
const EVERY_ADDRESS = "0.0.0.0/0";
const GET = "GET / HTTP/1.1\r\nHost: a.example\r\nConnection: close\r\n\r\n";
const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
/** Version 2, PROXY, TCP over IPv4: from 198.51.100.7:4711 to 192.0.2.1:443. */
const BINARY = `${SIGNATURE}\x21\x11\0\x0c\xc6\x33\x64\x07\xc0\0\x02\x01\x12\x67\x01\xbb`;

/** A row on another edge with these additional settings. */
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

/** The client's address for the application, if a connection starts with these bytes. */
async function clientBehind(origin: string, header: string): Promise<string> {
  using wire = await Wire.to(origin);
  wire.write(header + GET);
  const received = await wire.end();
  return /"X-Forwarded-For","([^"]*)"/i.exec(received)?.[1] ?? received;
}

async function statuses(origin: string, count: number): Promise<number[]> {
  const responses = await Promise.all(Array.from({ length: count }, () => call(`${origin}/`)));
  return responses.map(({ status }) => status);
}

const RATE = ["WEB_LIMIT_CLIENT_RATE=1", "WEB_LIMIT_CLIENT_BURST=4"];

export const settings: Topic = {
  name: "settings",
  rows: [
    withSettings(
      "redirect",
      "HTTP can be redirected to HTTPS, with 308",
      ["WEB_HTTPS=redirect", "WEB_PUBLIC_ORIGIN=https://shop.example"],
      async (origin) => {
        const response = await call(origin, { target: "/a?b", method: "POST" });
        assert.equal(response.status, 308);
        assert.equal(header(response, "location"), "https://shop.example/a?b");
      },
    ),
    withSettings(
      "no timing",
      "Server-Timing can be turned off",
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
        const responses = await Promise.all(Array.from({ length: 12 }, () => call(`${origin}/`)));
        const served = responses.filter(({ status }) => status === 200);
        const refused = responses.filter(({ status }) => status === 429);
        assert.ok(served.length >= 4 && refused.length >= 1, `${served.length}, ${refused.length}`);
        assert.equal(served.length + refused.length, 12);
        for (const response of refused) assert.ok(Number(header(response, "retry-after")) >= 1);
      },
    ),
    withSettings(
      "dry run",
      "in a dry run a client above its rate is served",
      [...RATE, "WEB_LIMITS_DRY_RUN=on"],
      async (o) => {
        assert.deepEqual(new Set(await statuses(o, 12)), new Set([200]));
      },
    ),
    withSettings(
      "connections",
      "a connection above the limit of a client is rejected",
      ["WEB_LIMIT_CLIENT_CONNECTIONS=3"],
      async (origin) => {
        const held = await Promise.all([1, 2, 3].map(() => Wire.to(origin)));
        for (const wire of held) wire.write("GET /endless HTTP/1.1\r\nHost: a.example\r\n\r\n");
        for (const wire of held)
          while (!wire.received.includes("data: 1")) await new Promise(setImmediate);
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
      "the client's address is taken from a PROXY line",
      [`WEB_PROXY_PROTOCOL=${EVERY_ADDRESS}`],
      async (origin) => {
        const line = "PROXY TCP4 198.51.100.7 192.0.2.1 4711 443\r\n";
        assert.equal(await clientBehind(origin, line), "198.51.100.7");
      },
    ),
    withSettings(
      "PROXY 2",
      "the client's address is taken from a binary PROXY header",
      [`WEB_PROXY_PROTOCOL=${EVERY_ADDRESS}`],
      async (origin) => {
        assert.equal(await clientBehind(origin, BINARY), "198.51.100.7");
      },
    ),
    withSettings(
      "no PROXY",
      "without the expected PROXY header no request is served",
      [`WEB_PROXY_PROTOCOL=${EVERY_ADDRESS}`],
      async (origin, { witness }) => {
        await witness.clear();
        assert.doesNotMatch(await clientBehind(origin, ""), /^HTTP\/1\.1 2/);
        assert.deepEqual(await witness.seen(), []);
      },
    ),
    slow(
      edge(
        "bad",
        "",
        "a bad value stops the start, and the last line names the setting",
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
      edge("stop", "", "a stop finishes requests in flight and exits with 0", async (s) => {
        await using side = await startSideEdge(s.stack, s.edge);
        await s.witness.clear();
        using wire = await Wire.to(side.origin);
        wire.write("GET /pieces HTTP/1.1\r\nHost: a.example\r\n\r\n");
        await s.witness.requestTo("/pieces");
        await side.container.kill({ signal: "SIGTERM" });
        assert.match((await wire.response()).body, /data: 3\n/);
        const { StatusCode } = await side.container.wait();
        assert.equal(StatusCode, 0, await logOf(side.container, 10));
        await assert.rejects(callOnKept(side.origin, { agent: false }));
      }),
    ),
  ],
};

import assert from "node:assert/strict";
import { exec } from "../../stack/docker.ts";
import { header } from "../../stack/http.ts";
import { call } from "../client.ts";
import { edge, type Topic, through } from "../row.ts";
import type { Subject } from "../subject.ts";

const FORGED = {
  "x-forwarded-for": "203.0.113.7",
  "x-forwarded-proto": "gopher",
  "x-forwarded-host": "evil.example",
  "x-forwarded-port": "1",
  "x-forwarded-prefix": "/evil",
  "x-real-ip": "203.0.113.7",
  "cf-connecting-ip": "203.0.113.7",
  "true-client-ip": "203.0.113.7",
  "x-client-ip": "203.0.113.7",
  forwarded: "for=203.0.113.7;proto=gopher",
  "x-request-id": "forged-forged",
  "x-request-start": "t=1",
  traceparent: "00-11111111111111111111111111111111-1111111111111111-01",
};

const ADDRESS = /^\d+\.\d+\.\d+\.\d+$/;

type Fields = Readonly<Record<string, string[]>>;

function byName(raw: readonly string[]): Fields {
  const fields: Record<string, string[]> = {};
  for (let at = 0; at < raw.length; at += 2) {
    const name = raw[at]?.toLowerCase() ?? "";
    fields[name] = [...(fields[name] ?? []), raw[at + 1] ?? ""];
  }
  return fields;
}

async function seen({ http }: Subject, headers: Record<string, string>): Promise<Fields> {
  return byName(JSON.parse((await call(`${http}/`, { headers })).text).rawHeaders);
}

/** The same for a request from a trusted proxy: compose.witness.yaml trusts 127.0.0.1. */
async function seenFromLoopback(subject: Subject, headers: Record<string, string>) {
  const script =
    "fetch('http://127.0.0.1:8080/', { headers: JSON.parse(process.argv[1]) })" +
    ".then((response) => response.text()).then(console.log)";
  const holder = await subject.stack.container("edge-port");
  const { output } = await exec(holder, ["node", "-e", script, JSON.stringify(headers)]);
  return byName(JSON.parse(output).rawHeaders);
}

export const forwarded: Topic = {
  name: "forwarded headers",
  rows: [
    through(
      "replaced",
      "7239 8.1",
      "forwarded fields of a client are replaced",
      async (subject) => {
        const fields = await seen(subject, FORGED);
        assert.doesNotMatch(
          JSON.stringify(fields),
          /203\.0\.113\.7|gopher|evil|forged|"t=1"|1{32}/,
        );
      },
    ),
    through(
      "forwarded fields",
      "7239 4",
      "each forwarded field is there once, and all agree",
      async (s) => {
        const fields = await seen(s, { host: "shop.example" });
        const [client = "", ...others] = fields["x-forwarded-for"] ?? [];
        assert.deepEqual(others, []);
        assert.match(client, ADDRESS);
        assert.deepEqual(fields["x-forwarded-proto"], ["http"]);
        assert.deepEqual(fields["x-forwarded-host"], ["shop.example"]);
        assert.deepEqual(fields["x-forwarded-port"], ["80"]);
        assert.deepEqual(fields.forwarded, [`for=${client};proto=http;host="shop.example"`]);
      },
    ),
    through("port", "7239 5", "the port is that of Host", async (s) => {
      const fields = await seen(s, { host: "shop.example:8181" });
      assert.deepEqual(fields["x-forwarded-port"], ["8181"]);
    }),
    through("https", "7239 5.4", "over TLS the scheme is https", async ({ https }) => {
      const fields = byName(JSON.parse((await call(`${https}/`)).text).rawHeaders);
      assert.deepEqual(fields["x-forwarded-proto"], ["https"]);
      assert.match(fields.forwarded?.[0] ?? "", /;proto=https;/);
    }),
    through("start", "", "X-Request-Start is the current time in milliseconds", async (subject) => {
      const [start = ""] = (await seen(subject, {}))["x-request-start"] ?? [];
      const sent = Number(/^t=(\d{13}(?:\.\d+)?)$/.exec(start)?.[1]);
      assert.ok(Math.abs(Date.now() - sent) < 5_000, start);
    }),
    through(
      "request id",
      "",
      "the response and the application have the same request id",
      async (s) => {
        const response = await call(`${s.http}/`);
        const fields = byName(JSON.parse(response.text).rawHeaders);
        assert.deepEqual(fields["x-request-id"], [header(response, "x-request-id")]);
      },
    ),
    through("UUIDv7", "9562 5.7", "a request id is a UUIDv7", async ({ http }) => {
      const id = header(await call(`${http}/`), "x-request-id");
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    }),
    through(
      "trace",
      "W3C Trace Context 3.2",
      "a request without a trace starts one",
      async (subject) => {
        const [trace = "", ...others] = (await seen(subject, {})).traceparent ?? [];
        assert.deepEqual(others, []);
        assert.match(trace, /^00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}$/);
      },
    ),
    edge("trusted proxy", "7239 4", "forwarded fields of a trusted proxy are used", async (s) => {
      const fields = await seenFromLoopback(s, {
        "x-forwarded-for": "198.51.100.1",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
      });
      assert.deepEqual(fields["x-forwarded-for"], ["198.51.100.1"]);
      assert.deepEqual(fields["x-forwarded-proto"], ["https"]);
      assert.deepEqual(fields["x-forwarded-host"], ["shop.example"]);
      assert.deepEqual(fields["x-forwarded-port"], ["443"]);
      assert.match(
        fields.forwarded?.[0] ?? "",
        /^for=198\.51\.100\.1;proto=https;host="shop\.example"$/,
      );
    }),
    edge(
      "chain of proxies",
      "7239 8.1",
      "the last untrusted address of X-Forwarded-For is the client",
      async (s) => {
        const chain = { "x-forwarded-for": "203.0.113.7, 198.51.100.1" };
        assert.deepEqual((await seenFromLoopback(s, chain))["x-forwarded-for"], ["198.51.100.1"]);
      },
    ),
    edge(
      "trusted ids",
      "",
      "request id and trace of a trusted proxy are forwarded",
      async (subject) => {
        const traceparent = FORGED.traceparent;
        const fields = await seenFromLoopback(subject, {
          "x-request-id": "from-the-proxy",
          traceparent,
        });
        assert.deepEqual(fields["x-request-id"], ["from-the-proxy"]);
        assert.deepEqual(fields.traceparent, [traceparent]);
      },
    ),
    edge(
      "malformed ids",
      "",
      "malformed fields of a trusted proxy are replaced",
      async (subject) => {
        const bad = {
          "x-request-id": "a b\tc",
          traceparent: "00-zz-1-01",
          "x-forwarded-for": "me",
        };
        const fields = await seenFromLoopback(subject, bad);
        assert.match(fields["x-request-id"]?.[0] ?? "", /^[0-9a-f-]{32,36}$/);
        assert.match(fields.traceparent?.[0] ?? "", /^00-[0-9a-f]{32}-/);
        assert.deepEqual(fields["x-forwarded-for"], ["127.0.0.1"]);
      },
    ),
    through("Server-Timing", "", "a response has the time of each tier", async ({ http, kind }) => {
      const timing = header(await call(`${http}/`), "server-timing");
      assert.match(timing, /^web;dur=\d+(\.\d+)?/);
      if (kind === "chain") assert.match(timing, /, queue;dur=.+, gateway;dur=.+, app;dur=/);
    }),
  ],
};

import assert from "node:assert/strict";
import { once } from "node:events";
import { connect as connectHttp2 } from "node:http2";
import { connect, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { setImmediate as breath } from "node:timers/promises";
import { connect as connectTls } from "node:tls";
import { FEEDS } from "@gatehouse/http/corpus";
import echo from "../../../examples/echo.ts";
import { exchangeBytes, startEdge, startUpstream } from "../testing/edge.ts";
import { startHttps } from "../testing/https.ts";

const REQUEST = "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
const LINE = "PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n";
const BINARY = "\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xc0\0\x02\x01\xc6\x33\x64\x02\x30\x39\x01\xbb";
const LOCAL = "\r\n\r\n\0\r\nQUIT\n\x20\0\0\0";

async function start(t: TestContext, proxyProtocol: string[]) {
  return startEdge(t, await startUpstream(t, "127.0.0.2", echo, undefined), { proxyProtocol });
}

/** Sends pieces as packets of their own; resolves with all that came back. */
async function send(url: string, pieces: readonly string[]): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const heard = socket.toArray();
  for (const piece of pieces) {
    socket.write(piece, "latin1");
    await breath();
  }
  return Buffer.concat(await heard).toString("latin1");
}

for (const [how, cut] of Object.entries(FEEDS)) {
  for (const [name, header, client] of [
    ["version 1", LINE, "192.0.2.1"],
    ["version 2", BINARY, "192.0.2.1"],
    ["LOCAL", LOCAL, "127.0.0.1"],
    ["UNKNOWN", "PROXY UNKNOWN\r\n", "127.0.0.1"],
  ] as const) {
    test(`the application learns of the client behind ${name}, ${how}`, async (t) => {
      const received = await send(await start(t, ["127.0.0.0/8"]), cut(header + REQUEST));
      assert.match(received, /^HTTP\/1.1 200 /);
      assert.match(received, new RegExp(`"X-Forwarded-For",\\s*"${client}"`));
    });
  }
}

test("a trusted proxy without its header, or with a malformed one, gets no response", async (t) => {
  const url = await start(t, ["127.0.0.1"]);
  assert.equal(await exchangeBytes(url, REQUEST).catch(() => ""), "");
  assert.equal(await exchangeBytes(url, `PROXY TCP4 x\r\n${REQUEST}`).catch(() => ""), "");
});

test("from any other peer the header is a malformed request", async (t) => {
  const url = await start(t, ["192.0.2.0/24"]);
  assert.match(await exchangeBytes(url, LINE + REQUEST), /^HTTP\/1.1 400 /);
  assert.match(await exchangeBytes(url, REQUEST), /"127\.0\.0\.1"/);
});

test("without the setting no header counts", async (t) => {
  assert.match(await exchangeBytes(await start(t, []), LINE + REQUEST), /^HTTP\/1.1 400 /);
});

test("a header that never comes costs its connection", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const changes = { proxyProtocol: ["127.0.0.1"], headersTimeout: 200 };
  const url = await startEdge(t, upstream, changes);
  assert.equal(await exchangeBytes(url, LINE.slice(0, 20)).catch(() => ""), "");
});

test("a connection outlives the time that its header was allowed", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const changes = { proxyProtocol: ["127.0.0.1"], headersTimeout: 300 };
  const { hostname, port } = new URL(await startEdge(t, upstream, changes));
  const client = connect(Number(port), hostname);
  t.after(() => client.destroy());
  const closed = once(client, "close").then(() => ["closed"]);
  const kept = REQUEST.replace("Connection: close\r\n", "");
  client.write(LINE + kept);
  await once(client, "data");
  // The timeout of a connection that begins later has passed: that of the first one as well.
  const late = connect(Number(port), hostname);
  late.write(LINE.slice(0, 20));
  late.on("error", () => undefined);
  await once(late, "close");
  client.write(kept);
  const [response] = await Promise.race([once(client, "data"), closed]);
  assert.match(response.toString(), /^HTTP\/1.1 200 /);
});

test("a proxy's next connection from the same port has nothing of the client before", async (t) => {
  // An address of its own: on 127.0.0.1 another program may take the port meanwhile.
  const localAddress = "127.0.0.77";
  const { ca, origin } = await startHttps(t, { proxyProtocol: [localAddress] });
  const clientSeen = async (header: string, localPort: number) => {
    const { port: to } = new URL(origin);
    const raw = connect({ port: Number(to), host: "127.0.0.1", localAddress, localPort });
    raw.write(header, "latin1");
    const secure = connectTls({ socket: raw, ca, host: "127.0.0.1" });
    await once(secure, "secureConnect");
    const { localPort: port = 0 } = raw;
    secure.write(REQUEST.replace("Connection: close\r\n", ""));
    const [response] = await once(secure, "data");
    const closed = once(raw, "close");
    // A reset leaves no TIME_WAIT, so that the port is free at once.
    raw.resetAndDestroy();
    await closed;
    return { port, client: /"X-Forwarded-For",\s*"([^"]+)"/.exec(response.toString())?.[1] };
  };
  const first = await clientSeen(LINE, 0);
  assert.equal(first.client, "192.0.2.1");
  assert.deepEqual(await clientSeen(LOCAL, first.port), { ...first, client: localAddress });
});

test("the address in the header decides whose forwarded headers are trusted", async (t) => {
  const upstream = await startUpstream(t, "127.0.0.2", echo, undefined);
  const changes = { proxyProtocol: ["127.0.0.1"], trustedProxies: ["127.0.0.1"] };
  const url = await startEdge(t, upstream, changes);
  const forged = REQUEST.replace("Host: a", "Host: a\r\nX-Forwarded-For: 203.0.113.9");
  assert.match(await exchangeBytes(url, LINE + forged), /"X-Forwarded-For",\s*"192\.0\.2\.1"/);
  assert.match(await exchangeBytes(url, LOCAL + forged), /"X-Forwarded-For",\s*"203\.0\.113\.9"/);
});

/** A connection on which the proxy has spoken, and TLS may begin. */
function proxied(origin: string, header: string): Socket {
  const socket = connect(Number(new URL(origin).port), "127.0.0.1");
  socket.write(header, "latin1");
  return socket;
}

for (const [name, header, client] of [
  ["version 1", LINE, "192.0.2.1"],
  ["version 2", BINARY, "192.0.2.1"],
  ["LOCAL", LOCAL, "127.0.0.1"],
] as const) {
  test(`${name} works in front of TLS, for HTTP/1.1 and HTTP/2`, async (t) => {
    const { ca, origin } = await startHttps(t, { proxyProtocol: ["127.0.0.1"] });
    const secure = connectTls({ socket: proxied(origin, header), ca, host: "127.0.0.1" });
    secure.write(REQUEST);
    const first = Buffer.concat(await secure.toArray()).toString();
    assert.match(first, new RegExp(`"X-Forwarded-For",\\s*"${client}"`));

    const session = connectHttp2(origin, {
      createConnection: () =>
        connectTls({
          socket: proxied(origin, header),
          ca,
          host: "127.0.0.1",
          ALPNProtocols: ["h2"],
        }),
    });
    const second = Buffer.concat(await session.request({ ":path": "/" }).toArray()).toString();
    session.destroy();
    assert.match(second, new RegExp(`"X-Forwarded-For",\\s*"${client}"`));
  });
}

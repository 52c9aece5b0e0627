import assert from "node:assert/strict";
import { test } from "node:test";
import { type ClientSide, clientSide, TrustedPeers } from "./index.ts";

const trusted = new TrustedPeers(["10.0.0.0/8", "2001:db8:ffff::/48"]);

/** The client's side behind the trusted proxy 10.0.0.1; Host is a.example. */
function clientBehind(headers: Record<string, string>, peer = "10.0.0.1"): string {
  const connection = { peer, encrypted: false, host: "a.example", localAddress: "", localPort: 0 };
  return summary(clientSide(connection, headers, trusted));
}

const summary = ({ address, scheme, host, port }: ClientSide) =>
  `${address} ${scheme} ${host} ${port}`;

test("a trusted proxy's headers decide about address, scheme, host and port", () => {
  const f = (value: string) => ({ forwarded: value });
  const xff = (value: string) => ({ "x-forwarded-for": value });
  const cases: [string, Record<string, string>, string][] = [
    ["no headers", {}, "10.0.0.1 http a.example 80"],
    ["one hop", xff("198.51.100.1"), "198.51.100.1 http a.example 80"],
    ["forged first hop", xff("6.6.6.6, 198.51.100.1"), "198.51.100.1 http a.example 80"],
    ["two proxies", xff("6.6.6.6, 198.51.100.1, 10.0.0.2"), "198.51.100.1 http a.example 80"],
    ["only proxies", xff("10.0.0.3, 10.0.0.2"), "10.0.0.3 http a.example 80"],
    ["a hop that is no address", xff("1.1.1.1, unknown"), "10.0.0.1 http a.example 80"],
    ["a hop of markup", xff("<script>"), "10.0.0.1 http a.example 80"],
    ["an empty list", xff(""), "10.0.0.1 http a.example 80"],
    [
      "a Forwarded of 2,048 characters",
      f("for=198.51.100.1".padEnd(2048)),
      "198.51.100.1 http a.example 80",
    ],
    [
      "a longer one than any honest chain",
      f("for=198.51.100.1".padEnd(2049)),
      "10.0.0.1 http a.example 80",
    ],
    ["an address with a port", xff("198.51.100.1:4711"), "198.51.100.1 http a.example 80"],
    ["IPv6", xff("2001:db8::1"), "2001:db8::1 http a.example 80"],
    ["IPv6 with a port", xff("[2001:db8::1]:4711"), "2001:db8::1 http a.example 80"],
    [
      "scheme, host and port",
      {
        ...xff("198.51.100.1"),
        "x-forwarded-proto": "https",
        "x-forwarded-host": "shop.example",
        "x-forwarded-port": "8443",
      },
      "198.51.100.1 https shop.example 8443",
    ],
    ["scheme alone", { "x-forwarded-proto": "HTTPS" }, "10.0.0.1 https a.example 443"],
    ["a WebSocket's scheme", { "x-forwarded-proto": "wss" }, "10.0.0.1 https a.example 443"],
    ["an unknown scheme", { "x-forwarded-proto": "gopher" }, "10.0.0.1 http a.example 80"],
    [
      "one scheme for each hop",
      { ...xff("6.6.6.6, 198.51.100.1, 10.0.0.2"), "x-forwarded-proto": "http, https, http" },
      "198.51.100.1 https a.example 443",
    ],
    [
      "more schemes than hops: the nearest proxy's",
      { ...xff("198.51.100.1"), "x-forwarded-proto": "https, http" },
      "198.51.100.1 http a.example 80",
    ],
    [
      "fewer schemes than hops: the nearest proxy's",
      { ...xff("6.6.6.6, 198.51.100.1, 10.0.0.2"), "x-forwarded-proto": "https, http" },
      "198.51.100.1 http a.example 80",
    ],
    [
      "fewer hosts and ports than hops: the nearest proxy's",
      {
        ...xff("6.6.6.6, 198.51.100.1, 10.0.0.2"),
        "x-forwarded-host": "evil.example, shop.example",
        "x-forwarded-port": "1, 81",
      },
      "198.51.100.1 http shop.example 81",
    ],
    [
      "two hosts for one hop: the nearest proxy's",
      { ...xff("198.51.100.1"), "x-forwarded-host": "evil.example, shop.example" },
      "198.51.100.1 http shop.example 80",
    ],
    ["a malformed host", { "x-forwarded-host": "evil.example/path" }, "10.0.0.1 http a.example 80"],
    [
      "a host with a port, and another port",
      { "x-forwarded-host": "shop.example:81", "x-forwarded-port": "82" },
      "10.0.0.1 http shop.example:81 81",
    ],
    ["an invalid port", { "x-forwarded-port": "0" }, "10.0.0.1 http a.example 80"],
    [
      "Forwarded",
      f('for="[2001:db8::1]:4711";proto=https;host="shop.example:8443";by=10.0.0.1'),
      "2001:db8::1 https shop.example:8443 8443",
    ],
    [
      "Forwarded over several hops",
      f("for=6.6.6.6;proto=http, For=198.51.100.1;Proto=https, for=10.0.0.2;proto=http"),
      "198.51.100.1 https a.example 443",
    ],
    [
      "Forwarded with a comma in quotes",
      f('for=6.6.6.6;host="a,b", for=198.51.100.1;host="shop.example"'),
      "198.51.100.1 http shop.example 80",
    ],
    ["Forwarded, obfuscated", f("for=_hidden;proto=https"), "10.0.0.1 https a.example 443"],
    ["Forwarded, unfinished quote", f('for="198.51.100.1'), "10.0.0.1 http a.example 80"],
    ["Forwarded, endless", f('"'.repeat(100_000)), "10.0.0.1 http a.example 80"],
    [
      "Forwarded against X-Forwarded-For",
      { ...f("for=6.6.6.6;proto=https"), ...xff("198.51.100.1") },
      "198.51.100.1 http a.example 80",
    ],
  ];
  for (const [name, headers, expected] of cases)
    assert.equal(clientBehind(headers), expected, name);
});

test("the headers of a peer that is not trusted are ignored", () => {
  const forged = {
    "x-forwarded-for": "6.6.6.6",
    "x-forwarded-proto": "https",
    "x-forwarded-host": "evil.example",
    "x-forwarded-port": "1",
    forwarded: "for=6.6.6.6;proto=https",
  };
  assert.equal(clientBehind(forged, "203.0.113.5"), "203.0.113.5 http a.example 80");
});

test("the authority of an HTTP/1.0 request without Host is the address that it reached", () => {
  const connection = { peer: "203.0.113.5", encrypted: true, host: "", localPort: 8443 };
  const at = (localAddress: string) =>
    summary(clientSide({ ...connection, localAddress }, {}, trusted));
  assert.equal(at("192.0.2.1"), "203.0.113.5 https 192.0.2.1:8443 8443");
  assert.equal(at("2001:db8::9"), "203.0.113.5 https [2001:db8::9]:8443 8443");
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { FEEDS } from "@gatehouse/http/corpus";
import { readProxyHeader } from "./proxy-protocol.ts";

const SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
const V4 = "\xc0\0\x02\x01\xc6\x33\x64\x02\x30\x39\x01\xbb";
const V6 = `\x20\x01\x0d\xb8${"\0".repeat(11)}\x07${"\x20\x01\x0d\xb8"}${"\0".repeat(11)}\x08\x30\x39\x01\xbb`;
const MAPPED = `${"\0".repeat(10)}\xff\xff\xc0\0\x02\x01${"\0".repeat(16)}\x30\x39\x01\xbb`;
const NOOP = "\x04\0\x03abc";

/** A header of version 2, with the length that its rest has. */
function binary(command: number, family: number, rest: string, length = rest.length): string {
  const bytes = Buffer.from([command, family, length >> 8, length & 0xff]).toString("latin1");
  return SIGNATURE + bytes + rest;
}

const FROM = { address: "192.0.2.1", port: 12345 };

/** The source in each header; undefined for a request of the proxy itself, or an unknown source. */
const good: readonly [string, string, { address: string; port: number } | undefined][] = [
  ["TCP4", "PROXY TCP4 192.0.2.1 198.51.100.2 12345 443\r\n", FROM],
  ["TCP6", "PROXY TCP6 2001:db8::7 ::1 12345 443\r\n", { address: "2001:db8::7", port: 12345 }],
  [
    "TCP6 in a long form",
    "PROXY TCP6 2001:0DB8:0:0::7 ::1 12345 443\r\n",
    { address: "2001:db8::7", port: 12345 },
  ],
  ["TCP6 with a mapped address", "PROXY TCP6 ::ffff:192.0.2.1 ::1 12345 443\r\n", FROM],
  ["port 0", "PROXY TCP4 192.0.2.1 198.51.100.2 0 0\r\n", { address: "192.0.2.1", port: 0 }],
  ["UNKNOWN", "PROXY UNKNOWN\r\n", undefined],
  [
    "UNKNOWN with addresses that do not count",
    "PROXY UNKNOWN ffff::1 ffff::2 65535 65535\r\n",
    undefined,
  ],
  ["version 2, IPv4", binary(0x21, 0x11, V4), FROM],
  ["version 2, IPv6", binary(0x21, 0x21, V6), { address: "2001:db8::7", port: 12345 }],
  ["version 2, a mapped address", binary(0x21, 0x21, MAPPED), FROM],
  ["version 2 with TLVs", binary(0x21, 0x11, V4 + NOOP + NOOP), FROM],
  ["version 2, LOCAL", binary(0x20, 0x00, ""), undefined],
  ["version 2, LOCAL with addresses", binary(0x20, 0x11, V4), undefined],
  ["version 2, unspecified", binary(0x21, 0x00, ""), undefined],
  ["version 2, a Unix socket", binary(0x21, 0x31, "\0".repeat(216)), undefined],
];

const bad: readonly [string, string][] = [
  ["HTTP", "GET / HTTP/1.1\r\n"],
  ["TLS", "\x16\x03\x01\x02"],
  ["lower case", "proxy TCP4 192.0.2.1 198.51.100.2 1 2\r\n"],
  ["two spaces", "PROXY  TCP4 192.0.2.1 198.51.100.2 1 2\r\n"],
  ["a space at the end", "PROXY TCP4 192.0.2.1 198.51.100.2 1 2 \r\n"],
  ["a tab", "PROXY\tTCP4 192.0.2.1 198.51.100.2 1 2\r\n"],
  ["a bare line feed", `PROXY TCP4 192.0.2.1 198.51.100.2 1 2\n${"x".repeat(107)}`],
  ["no family", "PROXY \r\n"],
  ["an unknown family", "PROXY UDP4 192.0.2.1 198.51.100.2 1 2\r\n"],
  ["a name for an address", "PROXY TCP4 localhost 198.51.100.2 1 2\r\n"],
  ["leading zeros", "PROXY TCP4 192.000.002.001 198.51.100.2 1 2\r\n"],
  ["an IPv6 address under TCP4", "PROXY TCP4 2001:db8::7 198.51.100.2 1 2\r\n"],
  ["a zone", "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n"],
  ["a port above 65535", "PROXY TCP4 192.0.2.1 198.51.100.2 65536 2\r\n"],
  ["a port with a sign", "PROXY TCP4 192.0.2.1 198.51.100.2 +1 2\r\n"],
  ["a port with a leading zero", "PROXY TCP4 192.0.2.1 198.51.100.2 01 2\r\n"],
  ["a missing port", "PROXY TCP4 192.0.2.1 198.51.100.2 1\r\n"],
  ["a line without an end", `PROXY UNKNOWN ${"x".repeat(107)}`],
  ["a wrong signature", `${SIGNATURE.slice(0, -1)}X!\x11\0\x0c${V4}`],
  ["version 1 in binary", binary(0x11, 0x11, V4)],
  ["an unknown command", binary(0x22, 0x11, V4)],
  ["UDP over IPv4", binary(0x21, 0x12, V4)],
  ["an unknown binary family", binary(0x21, 0x41, V4)],
  ["addresses cut short", binary(0x21, 0x11, V4.slice(1))],
  ["addresses of IPv6 cut short", binary(0x21, 0x21, V4)],
  ["a TLV that runs over the end", binary(0x21, 0x11, `${V4}\x04\0\x09abc`)],
  ["half a TLV", binary(0x21, 0x11, `${V4}\x04`)],
  ["a header without measure", binary(0x21, 0x11, "", 0xffff)],
];

/** What the reader says as the bytes come in; it must not want more than the header. */
function read(pieces: readonly string[]) {
  let bytes = Buffer.alloc(0);
  for (const piece of pieces) {
    bytes = Buffer.concat([bytes, Buffer.from(piece, "latin1")]);
    const header = readProxyHeader(bytes);
    if (header !== undefined) return header;
  }
  return undefined;
}

for (const [how, cut] of Object.entries(FEEDS)) {
  for (const [name, bytes, source] of good) {
    test(`${name}, ${how}, is read to its end and no further`, () => {
      const header = read(cut(`${bytes}GET / HTTP/1.1\r\n`));
      assert.deepEqual(header, { length: bytes.length, source });
    });
    test(`${name}, ${how}, is not whole without its last byte`, () => {
      assert.equal(read(cut(bytes.slice(0, -1))), undefined);
    });
  }
  for (const [name, bytes] of bad) {
    test(`${name}, ${how}, is no PROXY header`, () => {
      assert.throws(() => read(cut(bytes)), { name: "ProxyHeaderError" });
    });
  }
}

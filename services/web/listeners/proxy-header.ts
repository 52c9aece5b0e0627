import { isIPv4, isIPv6 } from "node:net";
import ipaddr from "ipaddr.js";

/** The connection that a proxy in front accepted, as it tells it. */
export interface ProxyHeader {
  /** Bytes that the header took: HTTP or TLS begins behind them. */
  readonly length: number;
  /** The other end of that connection; undefined where the proxy speaks for itself, or cannot tell. */
  readonly source: { readonly address: string; readonly port: number } | undefined;
}

export class ProxyHeaderError extends Error {
  override readonly name = "ProxyHeaderError";
}

const SIGNATURE = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
const FIXED = 16;
/** Bytes of addresses and TLVs; what clouds and HAProxy add takes hundreds. */
const LONGEST_REST = 8192;
/** "107 chars, including the CRLF" is the longest line of version 1 (section 2.1). */
const LONGEST_LINE = 107;

/**
 * Reads a PROXY protocol header, version 1 or 2, at the beginning of a connection.
 * https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt
 * @returns undefined while more bytes are needed
 * @throws ProxyHeaderError as soon as it cannot become one
 */
export function readProxyHeader(bytes: Buffer): ProxyHeader | undefined {
  if (bytes.length === 0) return undefined;
  return bytes[0] === SIGNATURE[0] ? readBinary(bytes) : readLine(bytes);
}

/** Section 2.1. */
function readLine(bytes: Buffer): ProxyHeader | undefined {
  const begin = bytes.subarray(0, 6).toString("latin1");
  if (!"PROXY ".startsWith(begin)) throw new ProxyHeaderError("no PROXY header");
  const end = bytes.subarray(0, LONGEST_LINE).indexOf("\r\n");
  if (end < 0) {
    if (bytes.length >= LONGEST_LINE) throw new ProxyHeaderError("a line without an end");
    return undefined;
  }
  const length = end + 2;
  const words = bytes.toString("latin1", 0, end).split(" ");
  const [, family = "", source = "", destination = "", sourcePort = "", port = ""] = words;
  if (family === "UNKNOWN") return { length, source: undefined };
  const isAddress = family === "TCP4" ? isIPv4 : family === "TCP6" ? isPlainIPv6 : () => false;
  const sound =
    words.length === 6 &&
    isAddress(source) &&
    isAddress(destination) &&
    isPort(sourcePort) &&
    isPort(port);
  if (!sound) throw new ProxyHeaderError("a malformed line");
  return { length, source: { address: plain(source), port: Number(sourcePort) } };
}

/** Without a zone, which means something on one host alone. */
function isPlainIPv6(word: string): boolean {
  return isIPv6(word) && !word.includes("%");
}

function isPort(word: string): boolean {
  return /^(?:0|[1-9]\d{0,4})$/.test(word) && Number(word) <= 65_535;
}

/** Section 2.2. */
function readBinary(bytes: Buffer): ProxyHeader | undefined {
  const begin = bytes.subarray(0, SIGNATURE.length);
  if (!begin.equals(SIGNATURE.subarray(0, begin.length))) {
    throw new ProxyHeaderError("no PROXY header");
  }
  const command = bytes[12];
  if (command !== undefined && command !== LOCAL && command !== PROXY) {
    throw new ProxyHeaderError("an unknown version or command");
  }
  const family = bytes[13];
  const kind = family === undefined ? undefined : KINDS.get(family);
  if (family !== undefined && kind === undefined) {
    throw new ProxyHeaderError("an unknown family or protocol");
  }
  if (bytes.length < FIXED) return undefined;
  const rest = bytes.readUInt16BE(14);
  if (rest > LONGEST_REST) throw new ProxyHeaderError("a header that is too long");
  // A proxy that speaks for itself may fill in what it likes.
  if (command === PROXY && rest < (kind?.bytes ?? 0)) throw new ProxyHeaderError("no addresses");
  const length = FIXED + rest;
  if (bytes.length < length) return undefined;
  if (command !== PROXY || kind === undefined) return { length, source: undefined };
  checkVectors(bytes.subarray(FIXED + kind.bytes, length));
  return { length, source: kind.read(bytes.subarray(FIXED, FIXED + kind.bytes)) };
}

const LOCAL = 0x20;
const PROXY = 0x21;

interface Kind {
  /** Bytes of both addresses and ports. */
  readonly bytes: number;
  readonly read: (bytes: Buffer) => ProxyHeader["source"];
}

/** What a stream can come by: unspecified, TCP over IPv4 and IPv6, a Unix socket. */
const KINDS: ReadonlyMap<number, Kind> = new Map<number, Kind>([
  [0x00, { bytes: 0, read: () => undefined }],
  [
    0x11,
    {
      bytes: 12,
      read: (bytes) => ({ address: addressOf(bytes.subarray(0, 4)), port: bytes.readUInt16BE(8) }),
    },
  ],
  [
    0x21,
    {
      bytes: 36,
      read: (bytes) => ({
        address: addressOf(bytes.subarray(0, 16)),
        port: bytes.readUInt16BE(32),
      }),
    },
  ],
  [0x31, { bytes: 216, read: () => undefined }],
]);

/** What follows the addresses is skipped, but has to add up: a type, two bytes of length, a value. */
function checkVectors(bytes: Buffer): void {
  let at = 0;
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1);
  if (at !== bytes.length) throw new ProxyHeaderError("a value that runs over the header's end");
}

function addressOf(bytes: Buffer): string {
  return plain(ipaddr.fromByteArray([...bytes]).toString());
}

/** As a socket would tell it; IPv4 mapped into IPv6 counts as IPv4. */
function plain(address: string): string {
  return ipaddr.process(address).toString();
}

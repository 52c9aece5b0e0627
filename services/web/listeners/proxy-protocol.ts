import { isIPv4, isIPv6, type Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import ipaddr from "ipaddr.js";

/** The other end of the connection that a proxy in front accepted. */
interface Source {
  readonly address: string;
  readonly port: number;
}

export interface ProxyHeader {
  readonly length: number;
  /** Undefined where the proxy sends requests of its own, or does not know. */
  readonly source: Source | undefined;
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
  const family = bytes[13] === undefined ? undefined : FAMILIES.get(bytes[13]);
  if (bytes[13] !== undefined && family === undefined) {
    throw new ProxyHeaderError("an unknown family or protocol");
  }
  if (bytes.length < FIXED) return undefined;
  const rest = bytes.readUInt16BE(14);
  if (rest > LONGEST_REST) throw new ProxyHeaderError("a header that is too long");
  // With LOCAL the addresses mean nothing, and may be missing.
  if (command === PROXY && rest < (family?.bytes ?? 0)) throw new ProxyHeaderError("no addresses");
  const length = FIXED + rest;
  if (bytes.length < length) return undefined;
  if (command !== PROXY || family === undefined) return { length, source: undefined };
  checkVectors(bytes.subarray(FIXED + family.bytes, length));
  if (family.address === 0) return { length, source: undefined };
  const source = bytes.subarray(FIXED, FIXED + family.address);
  return {
    length,
    source: {
      address: plain(ipaddr.fromByteArray([...source]).toString()),
      port: bytes.readUInt16BE(FIXED + 2 * family.address),
    },
  };
}

const LOCAL = 0x20;
const PROXY = 0x21;

/** Bytes of both addresses with ports, and of one address: unspecified, IPv4, IPv6, a Unix socket. */
const FAMILIES: ReadonlyMap<number, { readonly bytes: number; readonly address: number }> = new Map(
  [
    [0x00, { bytes: 0, address: 0 }],
    [0x11, { bytes: 12, address: 4 }],
    [0x21, { bytes: 36, address: 16 }],
    [0x31, { bytes: 216, address: 0 }],
  ],
);

/** The values behind the addresses are skipped, but must add up: a type, two bytes of length, a value. */
function checkVectors(bytes: Buffer): void {
  let at = 0;
  while (at + 3 <= bytes.length) at += 3 + bytes.readUInt16BE(at + 1);
  if (at !== bytes.length) throw new ProxyHeaderError("a value that runs over the header's end");
}

function plain(address: string): string {
  return ipaddr.process(address).toString();
}

/** The reason of a connection that closed without a byte: load balancers check so that a port is open. */
export const PROBE = "closed without a byte";

/** The sources of connections whose TLS has not begun, by the true ends of the connections. */
const awaitingTls = new Map<string, Source>();

/**
 * Reads the PROXY header with which a connection begins. From then on the socket's remote address
 * and port are those of the header: trust, limits and logs know no others.
 * @param timeout milliseconds that the header may take
 * @param done called once; with an error where there was no such header, or not in time
 */
export function readPeer(socket: Socket, timeout: number, done: (error?: Error) => void): void {
  let bytes: Buffer = Buffer.alloc(0);
  const finish = (error?: Error) => {
    clearTimeout(late);
    socket.off("readable", read).off("close", closed).off("error", ignore);
    done(error);
  };
  const read = () => {
    try {
      for (;;) {
        const chunk: Buffer | null = socket.read();
        if (chunk === null) {
          if (socket.readableEnded) finish(new ProxyHeaderError("ended within its header"));
          return;
        }
        bytes = Buffer.concat([bytes, chunk]);
        const header = readProxyHeader(bytes);
        if (header === undefined) continue;
        if (header.source !== undefined) keepSource(socket, header.source);
        if (header.length < bytes.length) socket.unshift(bytes.subarray(header.length));
        finish();
        return;
      }
    } catch (error) {
      finish(error instanceof Error ? error : new Error(String(error)));
    }
  };
  const closed = () =>
    finish(new ProxyHeaderError(bytes.length === 0 ? PROBE : "closed within its header"));
  const ignore = () => undefined;
  const late = setTimeout(() => finish(new ProxyHeaderError("took too long")), timeout);
  socket.on("readable", read).once("close", closed).on("error", ignore);
}

/** Gives TLS connections the source of the header before their handshake. */
export function carrySources(server: NodeJS.EventEmitter): void {
  server.prependListener("secureConnection", (secure: TLSSocket) => {
    const source = awaitingTls.get(endsOf(secure));
    if (source !== undefined) setSource(secure, source);
  });
}

function keepSource(socket: Socket, source: Source): void {
  const ends = endsOf(socket);
  awaitingTls.set(ends, source);
  socket.once("close", () => awaitingTls.delete(ends));
  setSource(socket, source);
}

function setSource(socket: Socket, { address, port }: Source): void {
  const family = address.includes(":") ? "IPv6" : "IPv4";
  const facts = { remoteAddress: address, remotePort: port, remoteFamily: family };
  for (const [name, value] of Object.entries(facts)) {
    Object.defineProperty(socket, name, { value, configurable: true });
  }
}

function endsOf({ localAddress, localPort, remoteAddress, remotePort }: Socket): string {
  return `${localAddress}:${localPort}-${remoteAddress}:${remotePort}`;
}

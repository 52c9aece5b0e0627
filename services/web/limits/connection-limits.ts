import { isIPv6, type Socket } from "node:net";
import { TrustedPeers } from "@gatehouse/http";
import ipaddr from "ipaddr.js";
import type { WebSettings } from "../settings.ts";
import type { LimitLog } from "./limit-log.ts";

const RESPONSES = {
  connections: ["503 Service Unavailable", "The server is busy."],
  "client-connections": ["429 Too Many Requests", "Too many connections."],
} as const;
const ADVICE = "Please try again in a few seconds.";
const RETRY_AFTER_SECONDS = 2;

/** How long a rejected client may take to read the response, in milliseconds. */
const LINGER = 1000;
/** How many may do so at the same time; others are closed without a response. */
const MOST_LINGERING = 128;

/** Bounds the connections of one worker: all of them, and those of each client. */
export class ConnectionLimits {
  readonly #log: LimitLog;
  readonly #dryRun: boolean;
  readonly #trusted: TrustedPeers;
  readonly #most: number;
  readonly #mostOfClient: number;
  #open = 0;
  /** Connections by client; never more entries than there are connections. */
  readonly #ofClient = new Map<string, number>();
  #lingering = 0;

  constructor(settings: WebSettings, log: LimitLog) {
    const { workers, limitConnections, limitClientConnections } = settings;
    this.#log = log;
    this.#dryRun = settings.limitsDryRun;
    this.#trusted = new TrustedPeers(settings.trustedProxies);
    // Each worker accepts its share of the connections.
    this.#most = Math.ceil(limitConnections / workers);
    this.#mostOfClient = Math.ceil(limitClientConnections / workers);
  }

  /** Counts a new connection until it closes. @returns false where it was rejected */
  admit(socket: Socket, encrypted: boolean): boolean {
    if (this.#open >= this.#most) {
      this.#log.note("connections", socket.remoteAddress ?? "", false);
      this.#reject(socket, "connections", encrypted);
      return false;
    }
    this.#open++;
    socket.once("close", () => this.#open--);
    return true;
  }

  /** The same for the connections of its client, once the socket has the client's address. */
  admitClient(socket: Socket, encrypted: boolean): boolean {
    const address = socket.remoteAddress;
    // Closed already; and behind a trusted proxy are many clients.
    if (address === undefined || this.#trusted.trusts(address)) return true;
    const client = clientKey(address);
    const open = this.#ofClient.get(client) ?? 0;
    if (this.#mostOfClient > 0 && open >= this.#mostOfClient) {
      this.#log.note("client-connections", address);
      if (!this.#dryRun) {
        this.#reject(socket, "client-connections", encrypted);
        return false;
      }
    }
    this.#ofClient.set(client, open + 1);
    socket.once("close", () => this.#release(client));
    return true;
  }

  #release(client: string): void {
    const open = (this.#ofClient.get(client) ?? 0) - 1;
    if (open > 0) this.#ofClient.set(client, open);
    else this.#ofClient.delete(client);
  }

  /** Closes a connection, with a response as long as this costs little: TLS would cost a handshake. */
  #reject(socket: Socket, limit: keyof typeof RESPONSES, encrypted: boolean): void {
    socket.on("error", () => socket.destroy());
    if (encrypted || this.#lingering >= MOST_LINGERING) {
      socket.destroy();
      return;
    }
    this.#lingering++;
    const cut = setTimeout(() => socket.destroy(), LINGER);
    socket.once("close", () => {
      this.#lingering--;
      clearTimeout(cut);
    });
    const [status, reason] = RESPONSES[limit];
    const message = `${reason} ${ADVICE}\n`;
    // What the client sends is read, or the close would reset the connection (RFC 9112, section 9.6).
    socket
      .resume()
      .end(
        `HTTP/1.1 ${status}\r\nDate: ${new Date().toUTCString()}\r\nConnection: close\r\n` +
          `Retry-After: ${RETRY_AFTER_SECONDS}\r\nCache-Control: no-store\r\n` +
          `Content-Type: text/plain\r\nContent-Length: ${message.length}\r\n\r\n${message}`,
      );
  }
}

/**
 * What counts as one client: an IPv4 address, or an IPv6 /64, of which a single customer has all
 * addresses at hand (RFC 6177, section 2).
 */
export function clientKey(address: string): string {
  if (!address.includes(":") || !isIPv6(address)) return address;
  // A link-local address may name its interface, which ipaddr.js takes for a part of it: eth0.100.
  const parsed = ipaddr.process(address.replace(/%.*/, ""));
  if (parsed instanceof ipaddr.IPv4) return parsed.toString();
  return `${parsed.parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}

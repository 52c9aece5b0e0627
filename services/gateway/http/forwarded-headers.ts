import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { clientSide, FORWARDED_HEADERS, forwardedFields, type TrustedPeers } from "@gatehouse/http";
import { rewriteFields } from "./request-fields.ts";
import { isOfUnixSocket } from "./socket-ends.ts";

/** The fields that the gateway writes itself, and other programs' names for them. */
const REPLACED = /^(forwarded|x-forwarded-(for|host|port|proto|protocol|scheme|ssl)|x-real-ip)$/;
const isKept = (name: string) => !REPLACED.test(name);
const isNotForwarded = (name: string) => !FORWARDED_HEADERS.has(name);

/** Clients that are remembered; then all are forgotten. */
const MOST_CLIENTS = 1024;

/** All that counts of the header of a peer that is not trusted. */
const NOTHING: IncomingHttpHeaders = {};

type Value = string | string[] | undefined;

/** What a proxy sent, and what the gateway makes of it. */
interface Client {
  readonly peer: string;
  /** The Host field. */
  readonly authority: Value;
  readonly chain: Value;
  readonly proto: Value;
  readonly host: Value;
  readonly port: Value;
  readonly forwarded: Value;
  readonly address: string;
  /** The fields for the application. */
  readonly fields: readonly string[];
  /** What was sent equals them, as from our own edge. */
  readonly correct: boolean;
  /** Nothing was sent. */
  readonly absent: boolean;
}

/**
 * Rewrites a trusted proxy's forwarded fields to one client, and replaces all others by what the
 * socket shows. A known client costs no more than a comparison of its fields.
 */
export class ForwardedHeaders {
  readonly #trusted: TrustedPeers;
  readonly #known = new Map<string, Client>();

  constructor(trusted: TrustedPeers) {
    this.#trusted = trusted;
  }

  /** @returns the client's address, as the application will read it. */
  rewrite(request: IncomingMessage): string {
    const peer = request.socket.remoteAddress ?? "";
    // Who can reach the Unix socket was given its folder, as the web server of this host is.
    const trusted = isOfUnixSocket(request.socket) || this.#trusted.trusts(peer);
    if (!trusted) {
      const client = this.#clientOf(request, trusted, NOTHING);
      rewriteFields(request, isNotForwarded, client.fields);
      return client.address;
    }
    const { headers } = request;
    const client = this.#clientOf(request, trusted, headers);
    if (headers["x-real-ip"] !== undefined) {
      rewriteFields(request, isKept, [...client.fields, "X-Real-IP", client.address]);
    } else if (hasAlias(headers)) rewriteFields(request, isKept, client.fields);
    else if (client.absent) addFields(request, client.fields);
    else if (!client.correct) rewriteFields(request, isKept, client.fields);
    return client.address;
  }

  #clientOf(request: IncomingMessage, trusted: boolean, received: IncomingHttpHeaders): Client {
    const peer = request.socket.remoteAddress ?? "";
    const chain = received["x-forwarded-for"];
    const key = typeof chain === "string" ? chain : peer;
    const known = this.#known.get(key);
    if (known !== undefined && isSame(known, peer, request.headers.host, received)) return known;
    const client = this.#learn(request, peer, trusted, received);
    if (this.#known.size >= MOST_CLIENTS) this.#known.clear();
    // Without Host the address that was reached counts, which may differ the next time.
    if (client.authority !== undefined) this.#known.set(key, client);
    return client;
  }

  #learn(
    request: IncomingMessage,
    peer: string,
    trusted: boolean,
    received: IncomingHttpHeaders,
  ): Client {
    const { localAddress = "", localPort = 0 } = request.socket;
    const authority = request.headers.host;
    const host = authority ?? "";
    const connection = { peer, trusted, encrypted: false, host, localAddress, localPort };
    const side = clientSide(connection, received, this.#trusted);
    const fields = forwardedFields(side);
    const sent = {
      chain: received["x-forwarded-for"],
      proto: received["x-forwarded-proto"],
      host: received["x-forwarded-host"],
      port: received["x-forwarded-port"],
      forwarded: received.forwarded,
    };
    // In the order of `fields`, whose even places are names.
    const values = Object.values(sent);
    const correct = values.every((value, index) => value === fields[2 * index + 1]);
    const absent = values.every((value) => value === undefined);
    return { peer, authority, ...sent, address: side.address, fields, correct, absent };
  }
}

/** By literal names, since to store by a name from a list costs several times as much. */
function addFields({ headers, rawHeaders }: IncomingMessage, fields: readonly string[]): void {
  headers["x-forwarded-for"] = fields[1];
  headers["x-forwarded-proto"] = fields[3];
  headers["x-forwarded-host"] = fields[5];
  headers["x-forwarded-port"] = fields[7];
  headers.forwarded = fields[9];
  rawHeaders.push(...fields);
}

/** Other programs' names for X-Forwarded-Proto: they could only contradict it. */
function hasAlias(headers: IncomingHttpHeaders): boolean {
  return (
    headers["x-forwarded-protocol"] !== undefined ||
    headers["x-forwarded-scheme"] !== undefined ||
    headers["x-forwarded-ssl"] !== undefined
  );
}

function isSame(
  client: Client,
  peer: string,
  authority: Value,
  received: IncomingHttpHeaders,
): boolean {
  return (
    client.peer === peer &&
    client.authority === authority &&
    client.chain === received["x-forwarded-for"] &&
    client.proto === received["x-forwarded-proto"] &&
    client.host === received["x-forwarded-host"] &&
    client.port === received["x-forwarded-port"] &&
    client.forwarded === received.forwarded
  );
}

import type { IncomingHttpHeaders, IncomingMessage } from "node:http";
import { clientSide, FORWARDED_HEADERS, forwardedFields, type TrustedPeers } from "@gatehouse/http";
import { rewriteFields } from "./fields.ts";

/** What is told anew, where a trusted peer said it in other words or of more than one hop. */
const RETOLD: ReadonlySet<string> = new Set([
  "forwarded",
  "x-forwarded-for",
  "x-forwarded-host",
  "x-forwarded-port",
  "x-forwarded-proto",
  "x-real-ip",
  "x-forwarded-protocol",
  "x-forwarded-scheme",
  "x-forwarded-ssl",
]);

/** Clients that are remembered; then all are forgotten, since whoever asks chooses their names. */
const MOST_CLIENTS = 1024;

/** What counts of a stranger's headers. */
const NOTHING: IncomingHttpHeaders = {};

type Value = string | string[] | undefined;

/** A client's side, and the words that it was made of. */
interface Client {
  readonly peer: string;
  readonly asked: Value;
  readonly chain: Value;
  readonly proto: Value;
  readonly host: Value;
  readonly port: Value;
  readonly forwarded: Value;
  readonly address: string;
  /** It told anew. */
  readonly fields: readonly string[];
  /** The words say just that already, as behind our own edge. */
  readonly stands: boolean;
  /** There were no words. */
  readonly untold: boolean;
}

/**
 * Makes the forwarded headers of requests true before the application sees them: what a trusted
 * peer tells of the client is told anew in one voice, whichever headers it came in and however many
 * proxies it passed; anybody else's headers are removed, and what the socket tells takes their
 * place. A client who was heard of in the same words before costs no more than to compare them.
 */
export class ClientSides {
  readonly #trusted: TrustedPeers;
  readonly #known = new Map<string, Client>();

  constructor(trusted: TrustedPeers) {
    this.#trusted = trusted;
  }

  /** @returns the client's address, as the application will read it. */
  settle(request: IncomingMessage): string {
    const peer = request.socket.remoteAddress ?? "";
    if (this.#trusted.trusts(peer)) {
      const client = this.#clientOf(request, peer, request.headers);
      retell(request, client);
      return client.address;
    }
    const client = this.#clientOf(request, peer, NOTHING);
    rewriteFields(request, (name) => !FORWARDED_HEADERS.has(name), client.fields);
    return client.address;
  }

  #clientOf(request: IncomingMessage, peer: string, believed: IncomingHttpHeaders): Client {
    const chain = believed["x-forwarded-for"];
    const key = typeof chain === "string" ? chain : peer;
    const known = this.#known.get(key);
    if (known !== undefined && isMadeOf(known, peer, request.headers.host, believed)) return known;
    const client = this.#learn(request, peer, believed);
    if (this.#known.size >= MOST_CLIENTS) this.#known.clear();
    // Without a Host it is told by the address that it reached, which may differ the next time.
    if (client.asked !== undefined) this.#known.set(key, client);
    return client;
  }

  #learn(request: IncomingMessage, peer: string, believed: IncomingHttpHeaders): Client {
    const { localAddress = "", localPort = 0 } = request.socket;
    const asked = request.headers.host;
    const connection = { peer, encrypted: false, host: asked ?? "", localAddress, localPort };
    const { address, ...side } = clientSide(connection, believed, this.#trusted);
    const fields = forwardedFields({ address, ...side });
    const told = {
      chain: believed["x-forwarded-for"],
      proto: believed["x-forwarded-proto"],
      host: believed["x-forwarded-host"],
      port: believed["x-forwarded-port"],
      forwarded: believed.forwarded,
    };
    const stands =
      told.chain === address &&
      told.proto === side.scheme &&
      told.host === side.host &&
      told.port === String(side.port) &&
      told.forwarded === fields[fields.indexOf("Forwarded") + 1];
    const untold = Object.values(told).every((word) => word === undefined);
    return { peer, asked, ...told, address, fields, stands, untold };
  }
}

/** Tells a trusted peer's words anew, unless they stand; nothing is rewritten then. */
function retell(request: IncomingMessage, client: Client): void {
  const { headers } = request;
  const real = headers["x-real-ip"] !== undefined;
  if (real || hasAlias(headers)) {
    const also = real ? ["X-Real-IP", client.address] : [];
    rewriteFields(request, (name) => !RETOLD.has(name), [...client.fields, ...also]);
  } else if (client.untold) tell(request, client.fields);
  else if (!client.stands) rewriteFields(request, (name) => !RETOLD.has(name), client.fields);
}

/** The names stand in the code, since to store by a name from a list costs several times as much. */
function tell({ headers, rawHeaders }: IncomingMessage, fields: readonly string[]): void {
  headers["x-forwarded-for"] = fields[1];
  headers["x-forwarded-proto"] = fields[3];
  headers["x-forwarded-host"] = fields[5];
  headers["x-forwarded-port"] = fields[7];
  headers.forwarded = fields[9];
  rawHeaders.push(...fields);
}

/** Other programs' words for X-Forwarded-Proto: they could only contradict it. */
function hasAlias(headers: IncomingHttpHeaders): boolean {
  return (
    headers["x-forwarded-protocol"] !== undefined ||
    headers["x-forwarded-scheme"] !== undefined ||
    headers["x-forwarded-ssl"] !== undefined
  );
}

function isMadeOf(client: Client, peer: string, asked: Value, told: IncomingHttpHeaders): boolean {
  return (
    client.peer === peer &&
    client.asked === asked &&
    client.chain === told["x-forwarded-for"] &&
    client.proto === told["x-forwarded-proto"] &&
    client.host === told["x-forwarded-host"] &&
    client.port === told["x-forwarded-port"] &&
    client.forwarded === told.forwarded
  );
}

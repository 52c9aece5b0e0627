import type { Socket } from "node:net";
import type { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Holding } from "./shares.ts";
import { Turns } from "./turns.ts";

/** Bytes that a connection and a request without its fields take in memory; measured, and rounded up. */
const ENCRYPTED = 80 * 1024;
const PLAIN = 12 * 1024;
/** What a head that is not complete may take: its buffer grows by doubling. */
const MOST_BEGUN = 80 * 1024;
export const REQUEST = 16 * 1024;
/** Requests of a connection: those of a few connections shall not be all that the replicas can take. */
const AT_THE_APPLICATION = 64;

/** A connection that was accepted, until its socket closes. */
export class ClientConnection implements Holding {
  client: string;
  readonly socket: Socket;
  readonly encrypted: boolean;
  readonly requests = new Set<OpenRequest>();
  readonly turns = new Turns<OpenRequest>(AT_THE_APPLICATION);
  idleSince = performance.now();
  /** Bytes that had been received by then. */
  #receivedBefore = 0;
  /** Bytes of its requests, when they were weighed last. */
  ofRequests = 0;
  /** Bytes that the system has not taken yet: of TLS records, Node counts them nowhere else. */
  unsent = 0;

  /** @param client "" while it is not known */
  constructor(socket: Socket, encrypted: boolean, client: string) {
    this.socket = socket;
    this.encrypted = encrypted;
    this.client = client;
  }

  get idle(): boolean {
    return this.requests.size === 0;
  }

  get isTunnel(): boolean {
    for (const { exchange } of this.requests) if (exchange.upgrade !== undefined) return true;
    return false;
  }

  /** Its last request has ended. */
  becomeIdle(): void {
    this.idleSince = performance.now();
    this.#receivedBefore = this.socket.bytesRead;
  }

  /** Bytes without those of its requests. */
  weigh(): number {
    if (this.encrypted) return ENCRYPTED + this.weighUnsent();
    const begun = this.idle ? this.socket.bytesRead - this.#receivedBefore : 0;
    return PLAIN + Math.min(2 * begun, MOST_BEGUN) + this.weighUnsent();
  }

  weighUnsent(): number {
    this.unsent = unsentBytes(this.socket);
    return this.unsent;
  }

  /** Bytes that the client's system has been sent. */
  get sent(): number {
    return this.socket.bytesWritten - this.unsent;
  }
}

/** Responds with an error, or breaks off the response that has begun. */
export type Cut = (exchange: Exchange, error: EdgeError) => void;

/** A request from its head to the end of its exchange. */
export class OpenRequest implements Holding {
  readonly exchange: Exchange;
  readonly client: string;
  readonly connection: ClientConnection | undefined;
  readonly #cut: Cut;
  readonly idle = false;
  readonly since = performance.now();
  isLong = false;
  isCut = false;
  /** Bytes of its fields, once they were weighed. */
  #ofFields: number | undefined;

  constructor(
    exchange: Exchange,
    client: string,
    connection: ClientConnection | undefined,
    cut: Cut,
  ) {
    this.exchange = exchange;
    this.client = client;
    this.connection = connection;
    this.#cut = cut;
  }

  /** Responds with the error, or breaks off the response that has begun. */
  cut(error: EdgeError): void {
    if (this.isCut) return;
    this.isCut = true;
    this.connection?.turns.leave(this);
    this.#cut(this.exchange, error);
  }

  weigh(): number {
    this.#ofFields ??= this.exchange.rawHeaders.reduce((sum, { length }) => sum + length, 0);
    return REQUEST + this.#ofFields + this.exchange.waitingBytes;
  }
}

function unsentBytes(socket: Socket): number {
  const handle: unknown = Reflect.get(socket, "_handle");
  if (typeof handle !== "object" || handle === null) return 0;
  const queued: unknown = Reflect.get(handle, "writeQueueSize");
  return typeof queued === "number" ? queued : 0;
}

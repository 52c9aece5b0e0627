import { type IncomingMessage, ServerResponse } from "node:http";
import { timingEntry } from "@gatehouse/telemetry";

type Fields = NonNullable<Parameters<ServerResponse["writeHead"]>[1]>;

/** Where a request stands with its worker: it waits, or the application has it, or neither. */
export type Place = "outside" | "waiting" | "inside";

/** Who is told how an exchange went, and what holds for all of its answers. */
export interface ExchangeOwner {
  /** The worker is leaving: every answer asks its client to go elsewhere. */
  readonly lameDuck: boolean;
  /** Answers carry Server-Timing. */
  readonly timed: boolean;
  /** Milliseconds that the Keep-Alive field promises. */
  readonly keepAlive: number;
  /** The answer turns out to be a stream of events. */
  streams(exchange: Exchange): void;
  finish(exchange: Exchange): void;
}

/**
 * The response of one request, with what the gateway knows of the exchange. It puts
 * X-Request-ID and Server-Timing into the first header, whoever writes it and in whatever way.
 */
export class Exchange extends ServerResponse<IncomingMessage> {
  readonly receivedAt = performance.now();
  /** As it arrived: applications rewrite the request's own. */
  target = "";
  requestId = "";
  traceparent = "";
  /** The client's address. */
  client = "";
  place: Place = "outside";
  /** Milliseconds on the way from the edge, where it told, and in the worker's queue. */
  queued: number | undefined;
  /** Milliseconds that its connection waited to be taken by the worker. */
  waited = 0;
  /** When the application was called. */
  calledAt = this.receivedAt;
  /** The answer is a stream of server-sent events, which has no end of its own. */
  streamsEvents = false;
  /** Node's own: what the Keep-Alive field says. */
  declare _keepAliveTimeout: number;
  #owner: ExchangeOwner | undefined;

  /** From now on the owner's terms hold, and the owner is told the end. */
  ownedBy(owner: ExchangeOwner): void {
    this.#owner = owner;
    this._keepAliveTimeout = owner.keepAlive;
    this.on("close", tellOwner);
  }

  override writeHead(status: number, second?: string | Fields, third?: Fields): this {
    if (this.#owner?.lameDuck) this.shouldKeepAlive = false;
    const fields = typeof second === "string" ? third : second;
    const phrase = typeof second === "string" ? second : undefined;
    // On an untouched response a flat list of fields is Node's fast way, for us too.
    if (this.getHeaderNames().length === 0) {
      const list = this.#ownFields();
      append(list, fields);
      if (isEventStream(list)) this.#stream();
      return phrase === undefined
        ? super.writeHead(status, list)
        : super.writeHead(status, phrase, list);
    }
    const own = this.#ownFields();
    const theirs = this.getHeader("Server-Timing");
    for (let index = 0; index < own.length; index += 2) {
      this.setHeader(own[index] ?? "", own[index + 1] ?? "");
    }
    if (theirs !== undefined && this.#owner?.timed) {
      this.setHeader("Server-Timing", [this.#timing(), ...[theirs].flat().map(String)]);
    }
    if (String(this.getHeader("Content-Type")).startsWith(EVENT_STREAM)) this.#stream();
    return phrase === undefined
      ? super.writeHead(status, fields)
      : super.writeHead(status, phrase, fields);
  }

  #stream(): void {
    this.streamsEvents = true;
    this.#owner?.streams(this);
  }

  #ownFields(): string[] {
    const fields = ["X-Request-ID", this.requestId];
    if (this.#owner?.timed) fields.push("Server-Timing", this.#timing());
    return fields;
  }

  #timing(): string {
    const now = performance.now();
    const gateway = timingEntry("gateway", now - this.receivedAt);
    const app = timingEntry("app", now - this.calledAt);
    const queue = this.queued === undefined ? "" : `${timingEntry("queue", this.queued)}, `;
    return `${queue}${gateway}, ${app}`;
  }

  /** The answer has been sent, or the client has left. */
  over(): void {
    this.#owner?.finish(this);
  }
}

// One function for all: a closure of its own would cost each request.
function tellOwner(this: Exchange): void {
  // Express puts another prototype in the place of ours.
  Exchange.prototype.over.call(this);
}

const EVENT_STREAM = "text/event-stream";

/** Adds the fields of `writeHead`, in whichever of its forms, to a flat list. */
function append(list: unknown[], fields: Fields | undefined): void {
  if (fields === undefined) return;
  if (Array.isArray(fields)) list.push(...fields.flat());
  else for (const name in fields) list.push(name, fields[name]);
}

function isEventStream(list: readonly unknown[]): boolean {
  for (let index = 0; index < list.length; index += 2) {
    const name = list[index];
    if (name !== "Content-Type" && name !== "content-type") continue;
    return String(list[index + 1]).startsWith(EVENT_STREAM);
  }
  return false;
}

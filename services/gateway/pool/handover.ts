import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { SocketEnds } from "../http/socket-ends.ts";
import type { ToWorker } from "./messages.ts";
import { sharedTime } from "./shared-time.ts";

/** A connection that no worker has taken yet. Times are sharedTime(). */
export interface WaitingConnection {
  readonly socket: Socket;
  /** What its socket is to show as its ends, where it has none. */
  readonly ends: SocketEnds | undefined;
  readonly acceptedAt: number;
  offeredAt: number;
  /** One worker did not take it in time: the next one keeps it, however long that takes. */
  passedOn: boolean;
}

/** Milliseconds within which a worker takes a connection, or leaves it for another one. */
const TAKE_WITHIN = 100;
/** Milliseconds after which the primary passes it on: its worker no longer takes it by then. */
const PASS_ON_AFTER = 300;

interface Events {
  free: [];
  left: [WaitingConnection];
}

/**
 * Hands connections to one worker. The primary keeps a copy of a socket until the worker has taken
 * it: a worker that is stuck or dies loses no connection that it has not read from.
 */
export class Handover extends EventEmitter<Events> {
  readonly #process: ChildProcess;
  readonly #passOnAfter: number;
  /** By id. Undefined is one that was passed on while the worker has yet to reply for it. */
  readonly #offered = new Map<number, WaitingConnection | undefined>();
  #lastId = 0;

  /** @param passOnAfter milliseconds */
  constructor(process: ChildProcess, passOnAfter = PASS_ON_AFTER) {
    super();
    this.#process = process;
    this.#passOnAfter = passOnAfter;
  }

  get free(): boolean {
    return this.#offered.size === 0;
  }

  offer(connection: WaitingConnection): void {
    const id = ++this.#lastId;
    this.#offered.set(id, connection);
    connection.offeredAt = sharedTime();
    const { acceptedAt, offeredAt, passedOn, ends } = connection;
    const leaveAfter = passedOn ? Number.MAX_SAFE_INTEGER : offeredAt + TAKE_WITHIN;
    const message: ToWorker = { type: "connection", id, acceptedAt, leaveAfter, ends };
    this.#process.send(message, connection.socket, { keepOpen: true });
  }

  settle({ type, id }: { readonly type: "taken" | "not-taken"; readonly id: number }): void {
    const connection = this.#offered.get(id);
    this.#offered.delete(id);
    if (type === "taken") connection?.socket.destroy();
    else if (connection !== undefined) {
      connection.passedOn = true;
      this.emit("not-taken", connection);
    }
    this.emit("free");
  }

  passOn(): WaitingConnection[] {
    const late: WaitingConnection[] = [];
    for (const [id, connection] of this.#offered) {
      if (connection === undefined || connection.passedOn) continue;
      if (sharedTime() - connection.offeredAt < this.#passOnAfter) continue;
      this.#offered.set(id, undefined);
      connection.passedOn = true;
      late.push(connection);
    }
    return late;
  }

  reclaim(): WaitingConnection[] {
    const connections = [...this.#offered.values()].filter((one) => one !== undefined);
    this.#offered.clear();
    return connections;
  }
}

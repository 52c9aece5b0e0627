import type { ChildProcess } from "node:child_process";
import { EventEmitter } from "node:events";
import type { Socket } from "node:net";
import type { ToWorker } from "../pool/messages.ts";

/** A connection that no worker has taken yet. Times are Date.now(). */
export interface WaitingConnection {
  readonly socket: Socket;
  readonly acceptedAt: number;
  /** When it was handed to the worker that has it now. */
  handedAt: number;
  /** A worker did not take it in time: the next one keeps it, however long it takes. */
  passedOn: boolean;
}

/** Milliseconds within which a worker takes a connection, or leaves it for another one. */
const TAKE_WITHIN = 100;
/** Milliseconds after which the primary passes it on: no worker takes it any more by then. */
const PASS_ON_AFTER = 300;

interface Events {
  /** The worker can be handed another connection. */
  free: [];
  /** The worker was too busy to take it. */
  left: [WaitingConnection];
}

/**
 * Gives one worker connections. The primary keeps a copy until the worker has taken it, so that a
 * worker which is stuck or dies takes no connection with it that it never looked at.
 */
export class Handover extends EventEmitter<Events> {
  readonly #process: ChildProcess;
  /** Undefined stands for one that was passed on, of which the worker has not heard yet. */
  readonly #handed = new Map<number, WaitingConnection | undefined>();
  #lastHanded = 0;

  constructor(process: ChildProcess) {
    super();
    this.#process = process;
  }

  /** Whether the worker has taken, or left, all that it was given. */
  get free(): boolean {
    return this.#handed.size === 0;
  }

  hand(connection: WaitingConnection): void {
    const id = ++this.#lastHanded;
    this.#handed.set(id, connection);
    connection.handedAt = Date.now();
    const { acceptedAt, handedAt, passedOn } = connection;
    const leaveAfter = passedOn ? Number.MAX_SAFE_INTEGER : handedAt + TAKE_WITHIN;
    const message: ToWorker = { type: "connection", id, acceptedAt, leaveAfter };
    this.#process.send(message, connection.socket, { keepOpen: true });
  }

  /** The worker has told what it did with a connection. */
  answered({ type, id }: { readonly type: "taken" | "left"; readonly id: number }): void {
    const connection = this.#handed.get(id);
    this.#handed.delete(id);
    if (type === "taken") connection?.socket.destroy();
    else if (connection !== undefined) {
      connection.passedOn = true;
      this.emit("left", connection);
    }
    this.emit("free");
  }

  /** The connections that the worker has not taken in time, for another one to take. */
  passOn(): WaitingConnection[] {
    const late: WaitingConnection[] = [];
    for (const [id, connection] of this.#handed) {
      if (connection === undefined || connection.passedOn) continue;
      if (Date.now() - connection.handedAt < PASS_ON_AFTER) continue;
      this.#handed.set(id, undefined);
      connection.passedOn = true;
      late.push(connection);
    }
    return late;
  }

  /** The connections that a dead worker never took. */
  reclaim(): WaitingConnection[] {
    const connections = [...this.#handed.values()].filter((one) => one !== undefined);
    this.#handed.clear();
    return connections;
  }
}

import { connect, type Socket } from "node:net";
import type { TestContext } from "node:test";
import { slowness } from "@gatehouse/telemetry/testing";

/**
 * Requests a second on a quiet machine, and fewer on one that could not serve them: a quarter each
 * of GET and POST, on fresh and on kept connections.
 */
const RATE = 200;
const KEPT = 4;
const BODY = "a=1&b=2";

type Method = "GET" | "POST";

/** A request that was sent and got no response. */
export interface Failure {
  readonly what: string;
  /** The worker that had responded on this connection before; undefined for a fresh one. */
  readonly pid: number | undefined;
  readonly sentAt: number;
}

interface Connection {
  readonly socket: Socket;
  pid: number | undefined;
  busy: boolean;
}

/**
 * For gateways that must lose nothing. On a busy machine a request may wait long for its worker, and
 * this client, once connected, may be kept from sending: no worker may end such a connection.
 */
export const PATIENT = ["--queue-timeout=60000", "--lame-duck=60000"];

/** A client with sockets of its own that sends at a steady rate and counts every failure. */
export class SteadyLoad {
  readonly failures: Failure[] = [];
  responses = 0;
  readonly #port: number;
  readonly #kept: Connection[] = [];
  readonly #running = new Set<Promise<void>>();
  readonly #timer: NodeJS.Timeout;
  #sent = 0;

  /** Begins at once; it ends with the test at the latest. */
  constructor(t: TestContext, port: number) {
    t.after(() => this.stop());
    this.#port = port;
    const rate = RATE / slowness();
    const began = performance.now();
    this.#timer = setInterval(() => {
      const due = ((performance.now() - began) * rate) / 1000;
      while (this.#sent < due) this.#send();
    }, 1000 / rate);
  }

  /** Sends no more; resolves when every request has its response or has failed. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    for (const { socket } of this.#kept) socket.destroy();
  }

  #send(): void {
    const turn = this.#sent++ % 4;
    const method = turn < 2 ? "GET" : "POST";
    const running = turn % 2 === 0 ? this.#onFresh(method) : this.#onKept(method);
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }

  async #onFresh(method: Method): Promise<void> {
    const connection = this.#open();
    await this.#exchange(connection, method, "fresh", "Connection: close\r\n");
    connection.socket.destroy();
  }

  /** On the connection that has rested longest, or on another one. */
  async #onKept(method: Method): Promise<void> {
    const index = this.#kept.findIndex(({ busy, socket }) => !busy && !socket.destroyed);
    const [rested] = index < 0 ? [] : this.#kept.splice(index, 1);
    const connection = rested ?? this.#open();
    if (this.#kept.length < KEPT) this.#kept.push(connection);
    const stays = await this.#exchange(connection, method, "kept", "");
    if (!stays || !this.#kept.includes(connection)) this.#drop(connection);
  }

  #open(): Connection {
    const socket = connect(this.#port, "127.0.0.1").setNoDelay();
    const connection: Connection = { socket, pid: undefined, busy: false };
    socket.on("error", () => undefined).on("close", () => this.#drop(connection));
    return connection;
  }

  #drop(connection: Connection): void {
    connection.socket.destroy();
    const index = this.#kept.indexOf(connection);
    if (index >= 0) this.#kept.splice(index, 1);
  }

  /** Whether the connection may be used again. */
  #exchange(connection: Connection, method: Method, kind: string, field: string): Promise<boolean> {
    const { socket } = connection;
    const sentAt = Date.now();
    connection.busy = true;
    socket.write(
      method === "GET"
        ? `GET / HTTP/1.1\r\nHost: localhost\r\n${field}\r\n`
        : `POST / HTTP/1.1\r\nHost: localhost\r\n${field}Content-Length: ${BODY.length}\r\n\r\n${BODY}`,
    );
    return new Promise((resolve) => {
      let response = "";
      const settle = (stays: boolean) => {
        socket.off("data", read).off("close", fail);
        connection.busy = false;
        resolve(stays);
      };
      const fail = () => {
        this.failures.push({ what: `${kind} ${method}: ${response}`, pid: connection.pid, sentAt });
        settle(false);
      };
      const read = (chunk: Buffer) => {
        response += chunk;
        const [head = "", body] = response.split("\r\n\r\n");
        const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
        if (body === undefined || body.length < length) return;
        const received = head.startsWith("HTTP/1.1 200") ? JSON.parse(body) : {};
        if (received.body !== (method === "GET" ? "" : BODY)) return fail();
        this.responses++;
        connection.pid = received.pid;
        settle(!/^connection: close/im.test(head));
      };
      socket.on("data", read).on("close", fail);
    });
  }
}

import { Agent, type ClientRequest, get } from "node:http";
import type { Socket } from "node:net";
import { type Readiness, SOCKET_FIELD } from "@gatehouse/telemetry";

/**
 * Takes what a check found: the replica's own state, or "down", why, and the name of the Unix socket
 * that the replica listens on, if it does.
 */
type Found = (state: Readiness | "down", reason: string, socket: string | undefined) => void;

/** A file of one folder, and nothing that leads out of it. */
const SOCKET_NAME = /^\w[\w.-]{0,99}\.sock$/;

/** Characters; /readyz sends one word, so what is longer is no gateway's response. */
const LONGEST_RESPONSE = 1024;

/**
 * How many times longer the interval is while the replica is ready and no visitor comes: an idle stack would do little
 * else. But not so long that Node's server closes the kept connection: after 5 s without a request.
 */
const QUIET_FACTOR = 3;
const LONGEST_QUIET = 4000;

/**
 * Requests /readyz from a replica's admin port at an interval, and at once when the replica closes the connection
 * that is kept for that: a gateway does so when it begins to drain, and the system when it has ended.
 */
export class HealthCheck {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #address: { readonly host: string; readonly port: number };
  readonly #interval: number;
  readonly #isQuiet: () => boolean;
  readonly #found: Found;
  #timer: NodeJS.Timeout | undefined;
  #current: ClientRequest | undefined;
  #isReady = false;
  /** Whether there may be one more check before the next regular one. */
  #mayCheckAtOnce = false;

  /**
   * @param interval milliseconds between two checks, and the timeout of one
   * @param isQuiet whether no visitor comes
   */
  constructor(host: string, port: number, interval: number, isQuiet: () => boolean, found: Found) {
    this.#address = { host, port };
    this.#interval = interval;
    this.#isQuiet = isQuiet;
    this.#found = found;
    this.#checkRegularly();
  }

  stop(): void {
    this.#current = undefined;
    this.#mayCheckAtOnce = false;
    clearTimeout(this.#timer);
    this.#agent.destroy();
  }

  #checkRegularly(): void {
    this.#mayCheckAtOnce = true;
    this.#check();
    const quiet = Math.min(this.#interval * QUIET_FACTOR, LONGEST_QUIET);
    const isQuiet = this.#isReady && this.#isQuiet();
    this.#checkIn(isQuiet ? Math.max(quiet, this.#interval) : this.#interval);
  }

  #checkIn(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#checkRegularly(), milliseconds);
  }

  #watch(socket: Socket): void {
    socket.once("close", () => {
      if (!this.#mayCheckAtOnce) return;
      this.#mayCheckAtOnce = false;
      this.#check();
      this.#checkIn(this.#interval);
    });
  }

  #check(): void {
    if (this.#current !== undefined) return;
    const found: Found = (state, reason, socket) => {
      if (this.#current !== request) return;
      this.#current = undefined;
      this.#isReady = state === "ready";
      this.#found(state, reason, socket);
    };
    const failed = (error: Error) => found("down", String(error), undefined);
    const signal = AbortSignal.timeout(this.#interval);
    const request = get({ ...this.#address, path: "/readyz", agent: this.#agent, signal });
    this.#current = request;
    request.on("error", failed).on("response", (response) => {
      const connection = response.socket;
      let text = "";
      response.setEncoding("latin1").on("error", failed);
      response.on("data", (piece: string) => {
        text += piece;
        if (text.length > LONGEST_RESPONSE) {
          failed(new Error("the response to /readyz is too long"));
          request.destroy();
        }
      });
      response.on("end", () => {
        if (!request.reusedSocket) this.#watch(connection);
        const word = text.trim();
        const socket = response.headers[SOCKET_FIELD];
        const named = typeof socket === "string" && SOCKET_NAME.test(socket) ? socket : undefined;
        found(isReadiness(word) ? word : "down", `${response.statusCode} ${word}`, named);
      });
    });
  }
}

function isReadiness(word: string): word is Readiness {
  return word === "starting" || word === "ready" || word === "draining";
}

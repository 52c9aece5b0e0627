import { Agent, type ClientRequest, get } from "node:http";
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

/** Requests /readyz from a replica's admin port at an interval. */
export class HealthCheck {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #address: { readonly host: string; readonly port: number };
  readonly #interval: number;
  readonly #found: Found;
  readonly #timer: NodeJS.Timeout;
  #current: ClientRequest | undefined;

  /** @param interval milliseconds between two checks, and the timeout of one */
  constructor(host: string, port: number, interval: number, found: Found) {
    this.#address = { host, port };
    this.#interval = interval;
    this.#found = found;
    this.#timer = setInterval(() => this.#check(), interval);
    this.#check();
  }

  stop(): void {
    this.#current = undefined;
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  #check(): void {
    if (this.#current !== undefined) return;
    const found: Found = (state, reason, socket) => {
      if (this.#current !== request) return;
      this.#current = undefined;
      this.#found(state, reason, socket);
    };
    const failed = (error: Error) => found("down", String(error), undefined);
    const signal = AbortSignal.timeout(this.#interval);
    const request = get({ ...this.#address, path: "/readyz", agent: this.#agent, signal });
    this.#current = request;
    request.on("error", failed).on("response", (response) => {
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

import { get } from "node:http";

/** Milliseconds that a request waits for a byte of its response before it asks whether its replica lives. */
export const ASK_AFTER = 300;
/**
 * Milliseconds within which the admin port of a living replica begins its response, on a busy machine too: to send
 * requests once more makes it busier.
 */
const TIMEOUT = 900;

/**
 * Whether a replica is frozen, or only slow: its admin port is served by the gateway's primary, which does
 * nothing else, and so responds at once however long the application takes.
 */
export class Liveness {
  readonly #host: string;
  readonly #port: number;
  #asking: Promise<boolean> | undefined;

  constructor(host: string, port: number) {
    this.#host = host;
    this.#port = port;
  }

  /** All that ask at the same time wait for one response. */
  ask(): Promise<boolean> {
    this.#asking ??= this.#request().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  #request(): Promise<boolean> {
    return new Promise((resolve) => {
      const [host, port] = [this.#host, this.#port];
      const request = get({ host, port, path: "/readyz", agent: false });
      // Between a timer and setImmediate is a poll for events: what was received in time counts.
      const timer = setTimeout(() => setImmediate(() => request.destroy()), TIMEOUT);
      request
        .on("error", () => {})
        .on("response", () => {
          resolve(true);
          request.destroy();
        })
        .on("close", () => {
          clearTimeout(timer);
          resolve(false);
        });
    });
  }
}

import { Agent, get } from "node:http";
import type { Readiness } from "@gatehouse/telemetry";

/** What a check found: what the replica says of itself, or "down", and why. */
export interface Finding {
  readonly state: Readiness | "down";
  readonly reason: string;
}

/** Far more than /readyz says; what is longer is no answer of a gateway. */
const LONGEST_ANSWER = 1024;

/** Asks a replica's admin port again and again whether it is ready. */
export class HealthCheck {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #where: { readonly host: string; readonly port: number };
  readonly #interval: number;
  readonly #found: (finding: Finding) => void;
  readonly #timer: NodeJS.Timeout;
  #asking = false;
  #stopped = false;

  /** @param interval milliseconds between two checks, and for the answer to one */
  constructor(host: string, port: number, interval: number, found: (finding: Finding) => void) {
    this.#where = { host, port };
    this.#interval = interval;
    this.#found = found;
    this.#timer = setInterval(() => void this.#check(), interval);
    void this.#check();
  }

  stop(): void {
    this.#stopped = true;
    clearInterval(this.#timer);
    this.#agent.destroy();
  }

  async #check(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    const finding = await this.#ask().catch((error: unknown) => ({
      state: "down" as const,
      reason: String(error),
    }));
    this.#asking = false;
    if (!this.#stopped) this.#found(finding);
  }

  #ask(): Promise<Finding> {
    return new Promise((found, failed) => {
      const signal = AbortSignal.timeout(this.#interval);
      const asked = get({ ...this.#where, path: "/readyz", agent: this.#agent, signal });
      asked.on("error", failed).on("response", (answer) => {
        let text = "";
        answer.setEncoding("latin1").on("error", failed);
        answer.on("data", (piece: string) => {
          text += piece;
          if (text.length > LONGEST_ANSWER) asked.destroy(new Error("/readyz says too much"));
        });
        answer.on("end", () => {
          const word = text.trim();
          const state = isReadiness(word) ? word : "down";
          found({ state, reason: `${answer.statusCode} ${word}` });
        });
      });
    });
  }
}

function isReadiness(word: string): word is Readiness {
  return word === "starting" || word === "ready" || word === "draining";
}

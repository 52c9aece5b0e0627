import { callVerb, controlPaths } from "@gatehouse/processes";
import { type Logger, reasonOf } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import type { Sockets } from "./sockets.ts";
import { Steering } from "./steering.ts";

/** Milliseconds between two looks at the other edges. */
const INTERVAL = 500;
/** Milliseconds without a word after which an edge is frozen, and a worker's usual word comes every second. */
const LONGEST_SILENCE = 1500;
const LONGEST_SILENCE_OF_WORKERS = 3000;

/**
 * Watches the edges that share the ports with this one, by their control sockets. One that is dead has no listening
 * socket any more; one that is frozen still gets its share of the connections, until this one steers them around it.
 */
export class OtherEdges {
  readonly #paths: () => readonly string[];
  readonly #steering: Steering;
  readonly #logger: Logger;
  readonly #timer: NodeJS.Timeout;
  /** Since when they have been asked without a response. */
  readonly #asked = new Map<string, number>();
  readonly #stuck = new Set<string>();
  #lookedAt = performance.now();
  #frozen = 0;
  #working: Promise<void> | undefined;
  /** An edge that ended may have left its steering behind. */
  #mayBeSteered = true;
  #fails = false;

  /** Those that share the folder of an edge's control socket. */
  static of(settings: WebSettings, own: string, sockets: Sockets, logger: Logger): OtherEdges {
    // During a deploy there are the old ones too.
    const steering = new Steering(sockets.shared, 2 * settings.edges);
    const paths = () => controlPaths(own, settings.controlFolder).slice(1);
    return new OtherEdges(paths, steering, logger);
  }

  /** @param paths the control sockets of the others, as they are now */
  constructor(paths: () => readonly string[], steering: Steering, logger: Logger) {
    this.#paths = paths;
    this.#steering = steering;
    this.#logger = logger;
    this.#timer = setInterval(() => this.#look(), INTERVAL).unref();
  }

  /** Ends the watch; the steering stays, for those that go on. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#working;
  }

  #look(): void {
    const now = performance.now();
    // Who was frozen itself has not read what the others said in the meantime.
    if (now - this.#lookedAt > 2 * INTERVAL) this.#asked.clear();
    this.#lookedAt = now;
    const paths = this.#paths();
    for (const path of paths) this.#ask(path, now);
    const isFrozen = (path: string) =>
      this.#stuck.has(path) || now - (this.#asked.get(path) ?? now) > LONGEST_SILENCE;
    this.#working ??= this.#steer(paths.filter(isFrozen).length).finally(() => {
      this.#working = undefined;
    });
  }

  #ask(path: string, now: number): void {
    if (this.#asked.has(path)) return;
    this.#asked.set(path, now);
    void callVerb(path, "silence", { flags: {} }).then((result) => {
      this.#asked.delete(path);
      // One that has ended says nothing, and one of another release may not know the word.
      const silence = result?.ok === true ? Number(result.text) : 0;
      if (silence > LONGEST_SILENCE_OF_WORKERS) this.#stuck.add(path);
      else this.#stuck.delete(path);
    });
  }

  async #steer(frozen: number): Promise<void> {
    if (frozen !== this.#frozen) {
      const line = { from: this.#frozen, to: frozen };
      if (frozen > this.#frozen) this.#logger.error("edges are frozen: others serve", line);
      else this.#logger.info("edges are frozen no more", line);
      this.#frozen = frozen;
    }
    try {
      if (frozen > 0) await this.#steering.aroundFrozen();
      else if (this.#mayBeSteered || this.#steering.active) await this.#steering.end();
      this.#fails = false;
    } catch (error) {
      const line = { reason: reasonOf(error) };
      if (!this.#fails) this.#logger.warn("a frozen edge keeps its share of the connections", line);
      this.#fails = true;
    }
    this.#mayBeSteered = false;
  }
}

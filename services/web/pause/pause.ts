import { keyOfClient, TrustedPeers } from "@gatehouse/http";
import { gauge, type Metric, sharedGauge } from "@gatehouse/telemetry";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { type Holding, Shares } from "../limits/shares.ts";
import type { WebSettings } from "../settings.ts";
import { LIVE, type Mode } from "./mode.ts";
import { acceptPass, hasPass } from "./pass.ts";

/** Seconds after which a client may come back to a site under maintenance. */
const MAINTENANCE_RETRY_AFTER = 60;

interface Held extends Holding {
  admit(): void;
  refuse(error: EdgeError): void;
}

/**
 * The station before the cache and the application. It counts the requests behind it, holds new ones
 * while the site is paused, and refuses them under maintenance.
 */
export class Pause {
  readonly #allowed: TrustedPeers;
  /** Once as many wait as may, each client has an equal share. */
  readonly #held: Shares<Held>;
  readonly #inside = new Set<Exchange>();
  readonly #drained = new Set<() => void>();
  #mode = LIVE;

  constructor(settings: WebSettings) {
    this.#held = new Shares(settings.pauseHeld, (held) => held.refuse(pausedTooLong()));
    this.#allowed = new TrustedPeers(settings.maintenanceAllow);
  }

  get status(): { readonly held: number; readonly inside: number } {
    return { held: this.#held.held, inside: this.#inside.size };
  }

  metrics(): Metric[] {
    const modes = (["live", "paused", "maintenance"] as const).map((mode) => ({
      labels: { mode },
      value: mode === this.#mode.kind ? 1 : 0,
    }));
    return [
      sharedGauge("web_mode", "1 for the present mode of the edge", modes),
      gauge("web_requests_held", "Requests held by a pause", this.#held.held),
      gauge("web_requests_inside", "Requests at the cache or the application", this.#inside.size),
    ];
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    if (mode.kind === "paused") return;
    for (const held of this.#held.all) {
      if (mode.kind === "live") held.admit();
      else held.refuse(underMaintenance(mode.message));
    }
  }

  /** Responds under maintenance to a link with the way in. @returns false to any other request */
  letIn(exchange: Exchange): boolean {
    const mode = this.#mode;
    if (mode.kind !== "maintenance" || mode.pass === undefined) return false;
    return acceptPass(exchange, mode.pass);
  }

  /**
   * Admits a request: at once (then with undefined), or when the pause is over.
   * @throws EdgeError 503, or rejects with it; 499 where the client has left.
   */
  admit(exchange: Exchange): Promise<void> | undefined {
    // It has been released already, and never would be again.
    if (exchange.closed) throw clientLeft();
    const mode = this.#mode;
    if (mode.kind === "paused") return this.#hold(exchange, mode.longest);
    if (mode.kind === "maintenance" && !this.#lets(exchange, mode.pass)) {
      throw underMaintenance(mode.message);
    }
    this.#inside.add(exchange);
    return undefined;
  }

  /** The exchange has ended, whether it was admitted or not. */
  release(exchange: Exchange): void {
    if (!this.#inside.delete(exchange) || this.#inside.size > 0) return;
    for (const drained of this.#drained) drained();
  }

  /** Waits until no request is inside, for at most `timeout` ms; resolves with how many still are. */
  async drain(timeout: number): Promise<number> {
    if (this.#inside.size === 0 || timeout === 0) return this.#inside.size;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, timeout);
    this.#drained.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#drained.delete(resolve);
    return this.#inside.size;
  }

  /** Refuses the held requests of an edge that stops: the clients may come back to the next one. */
  close(): void {
    for (const held of this.#held.all) held.refuse(pausedTooLong());
  }

  #lets(exchange: Exchange, pass: string | undefined): boolean {
    if (this.#allowed.trusts(exchange.client.address)) return true;
    return pass !== undefined && hasPass(exchange, pass);
  }

  #hold(exchange: Exchange, longest: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const release = () => {
      clearTimeout(timer);
      this.#held.release(held);
    };
    const held: Held = {
      client: keyOfClient(exchange.client),
      idle: false,
      admit: () => {
        release();
        this.#inside.add(exchange);
        resolve();
      },
      refuse: (error) => {
        release();
        reject(error);
      },
    };
    if (this.#held.admit(held) !== "admitted") throw pausedTooLong();
    const timer = setTimeout(() => held.refuse(pausedTooLong()), longest);
    exchange.response.once("close", () => held.refuse(clientLeft()));
    return promise;
  }
}

function clientLeft(): EdgeError {
  return new EdgeError("client-left", 499, "The client left.");
}

function pausedTooLong(): EdgeError {
  return new EdgeError("paused", 503, "The site is paused for a moment. Please try again.");
}

function underMaintenance(message: string): EdgeError {
  return new EdgeError("maintenance", 503, message, MAINTENANCE_RETRY_AFTER);
}

import { TrustedPeers } from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { WebSettings } from "../settings.ts";
import { gauge, type Metric, sharedGauge } from "../telemetry/metric.ts";
import { LIVE, type Mode } from "./mode.ts";

/** Seconds after which a client may come back to a site under maintenance. */
const MAINTENANCE_LASTS = 60;

/** A request that waits for the end of a pause. */
interface Held {
  letGo(): void;
  refuse(error: EdgeError): void;
}

/**
 * What every request passes on its way to the cache and the application. It knows who is inside,
 * has them wait outside while the site is paused, and turns them away under maintenance.
 */
export class Gate {
  readonly #mostHeld: number;
  readonly #allowed: TrustedPeers;
  /** In the order of their arrival. */
  readonly #held = new Set<Held>();
  readonly #inside = new Set<Exchange>();
  readonly #watchers = new Set<() => void>();
  #mode = LIVE;

  constructor(settings: WebSettings) {
    this.#mostHeld = settings.pauseHeld;
    this.#allowed = new TrustedPeers(settings.maintenanceAllow);
  }

  /** How many requests wait, and how many are on their way. */
  get status(): { readonly held: number; readonly inside: number } {
    return { held: this.#held.size, inside: this.#inside.size };
  }

  metrics(): Metric[] {
    const modes = (["live", "paused", "maintenance"] as const).map((mode) => ({
      labels: { mode },
      value: mode === this.#mode.kind ? 1 : 0,
    }));
    return [
      sharedGauge("web_mode", "1 for what the edge does with requests for the application", modes),
      gauge("web_requests_held", "Requests that wait for the end of a pause", this.#held.size),
      gauge("web_requests_inside", "Requests on their way to the application", this.#inside.size),
    ];
  }

  set mode(mode: Mode) {
    this.#mode = mode;
    if (mode.kind === "paused") return;
    const held = [...this.#held];
    for (const each of held) {
      if (mode.kind === "live") each.letGo();
      else each.refuse(underMaintenance(mode.message));
    }
  }

  /**
   * Lets a request in: at once (then with undefined), or when the pause is over.
   * @throws EdgeError 503, or rejects with it; 499 where the client has left.
   */
  enter(exchange: Exchange): Promise<void> | undefined {
    // Its end has been told: nobody would ever take it out again.
    if (exchange.closed) throw clientLeft();
    const mode = this.#mode;
    if (mode.kind === "paused") return this.#hold(exchange, mode.longest);
    if (mode.kind === "maintenance" && !this.#allowed.trusts(exchange.client.address)) {
      throw underMaintenance(mode.message);
    }
    this.#inside.add(exchange);
    return undefined;
  }

  /** The exchange is over, whether it came in or not. */
  leave(exchange: Exchange): void {
    if (!this.#inside.delete(exchange) || this.#inside.size > 0) return;
    for (const look of this.#watchers) look();
  }

  /** Waits until nobody is inside, for at most `patience` ms; resolves with how many still are. */
  async empty(patience: number): Promise<number> {
    if (this.#inside.size === 0 || patience === 0) return this.#inside.size;
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patience);
    this.#watchers.add(resolve);
    await promise;
    clearTimeout(timer);
    this.#watchers.delete(resolve);
    return this.#inside.size;
  }

  /** The edge leaves: who waits may come back to the next one. */
  close(): void {
    for (const each of [...this.#held]) each.refuse(pausedTooLong());
  }

  #hold(exchange: Exchange, longest: number): Promise<void> {
    if (this.#held.size >= this.#mostHeld) throw pausedTooLong();
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const over = () => {
      clearTimeout(timer);
      this.#held.delete(held);
    };
    const held: Held = {
      letGo: () => {
        over();
        this.#inside.add(exchange);
        resolve();
      },
      refuse: (error) => {
        over();
        reject(error);
      },
    };
    const timer = setTimeout(() => held.refuse(pausedTooLong()), longest);
    exchange.response.once("close", () => {
      held.refuse(clientLeft());
    });
    this.#held.add(held);
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
  return new EdgeError("maintenance", 503, message, MAINTENANCE_LASTS);
}

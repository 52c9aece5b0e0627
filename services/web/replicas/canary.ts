import { affinityWeight } from "@gatehouse/http";
import { counter, Distribution, histogram, type Metric, sharedGauge } from "@gatehouse/telemetry";
import type { Exchange, Release } from "../exchange/exchange.ts";
import { cookieKeyOf } from "./affinity.ts";
import type { Replicas } from "./replicas.ts";

/** The weights of keys are below this. */
const WEIGHTS = 2 ** 32;

/** What was counted of the clients of one release. */
class Side {
  readonly labels: { readonly release: Release };
  /** By the class of the status, and "lost" for what another release had to serve. */
  readonly statuses = new Map<string, number>();
  /** Of what ends by itself: a connection that stays open has the time of its client. */
  readonly distribution = new Distribution();

  constructor(release: Release) {
    this.labels = { release };
  }

  count(status: string): void {
    this.statuses.set(status, (this.statuses.get(status) ?? 0) + 1);
  }
}

/**
 * Gives a share of the clients another release. A client is known by the cookie of affinity, and stays with its release
 * as long as the share does not shrink below it: a larger share adds clients and moves none back.
 */
export class Canary {
  readonly #replicas: Replicas;
  #percent = 0;
  #sides = { running: new Side("running"), canary: new Side("canary") };

  constructor(replicas: Replicas) {
    this.#replicas = replicas;
  }

  get percent(): number {
    return this.#percent;
  }

  set percent(percent: number) {
    // Each canary has counts of its own.
    if (this.#percent === 0) {
      this.#sides = { running: new Side("running"), canary: new Side("canary") };
    }
    this.#percent = percent;
    this.#replicas.expectCanary(percent > 0);
  }

  /** Decides the release of a request, once a canary has been ready. A client without the cookie gets one. */
  assign(exchange: Exchange): void {
    if (this.#percent === 0 || !this.#replicas.hasCanary) return;
    // The route's affinity may have made it just now.
    const made = exchange.newCookie === undefined ? undefined : exchange.affinity;
    const { key, newCookie } =
      made === undefined ? cookieKeyOf(exchange) : { key: made, newCookie: exchange.newCookie };
    exchange.newCookie = newCookie;
    const share = (affinityWeight(key, "canary") / WEIGHTS) * 100;
    exchange.release = share < this.#percent ? "canary" : "running";
    exchange.assignedAt = performance.now();
  }

  /** Counts a request that has ended, and the time since its release was decided: no release is to blame for a pause. */
  count({ release, replica, servedBy, assignedAt, staysOpen }: Exchange, status: number): void {
    if (release === undefined || servedBy === "cache") return;
    const side = this.#sides[release];
    const other = release === "canary" && !this.#replicas.isCanary(replica);
    side.count(other ? "lost" : `${Math.floor(status / 100)}xx`);
    if (!staysOpen) side.distribution.observe((performance.now() - assignedAt) / 1000);
  }

  metrics(): Metric[] {
    const sides = Object.values(this.#sides);
    const statuses = sides.flatMap(({ labels, statuses: counts }) =>
      [...counts].map(([status, value]) => ({ labels: { ...labels, status }, value })),
    );
    const clients = "the clients of the release that runs, and of the canary";
    return [
      sharedGauge("web_canary_percent", "The share of clients that a canary gets", this.#percent),
      counter(
        "web_canary_requests_total",
        `Requests of ${clients}; lost: by another release`,
        statuses,
      ),
      histogram(
        "web_canary_request_duration_seconds",
        `Seconds of requests of ${clients}, without WebSockets and event streams`,
        sides,
      ),
    ];
  }
}

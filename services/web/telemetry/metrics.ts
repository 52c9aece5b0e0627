import type { Metric } from "./metric.ts";
import { RequestCounters } from "./request-counters.ts";

/** Something of the edge that tells in metrics how it fares. */
export type MetricSource = () => readonly Metric[];

/** All that one worker counts; the primary sums it over its workers. */
export class EdgeMetrics {
  readonly #requests = new RequestCounters();
  readonly #sources: readonly MetricSource[];

  constructor(sources: readonly MetricSource[]) {
    this.#sources = sources;
  }

  get requests(): RequestCounters {
    return this.#requests;
  }

  collect(): readonly Metric[] {
    return [...this.#requests.metrics(), ...this.#sources.flatMap((source) => source())];
  }
}

import { adminPage, samplesOf } from "../releases/admin-page.ts";
import { quantile } from "../releases/edge-counts.ts";
import type { Container } from "../stack/containers.ts";
import type { Side } from "./judge.ts";

/** Both sides of a trial, and the share of clients that the canary gets, in percent. */
export interface Counts {
  readonly percent: number;
  readonly running: Side;
  readonly canary: Side;
}

const FAILED = ["5xx", "lost"];

/** What the edges have counted since the canary began, or since they started. */
export async function countsOf(edges: readonly Container[]): Promise<Counts> {
  const pages = await Promise.all(edges.map(({ id }) => adminPage(id, "/metrics")));
  const text = pages.filter((page) => page !== undefined).join("\n");
  const percents = samplesOf(text, "web_canary_percent").map(({ value }) => value);
  return {
    percent: Math.max(0, ...percents),
    running: sideOf(text, "running"),
    canary: sideOf(text, "canary"),
  };
}

/** @param text Prometheus's text format */
export function sideOf(text: string, release: "running" | "canary"): Side {
  const own = (name: string) =>
    samplesOf(text, name).filter(({ labels }) => labels.release === release);
  const counts = own("web_canary_requests_total");
  const failed = counts.filter(({ labels }) => FAILED.includes(labels.status ?? ""));
  const within = new Map<number, number>();
  for (const { labels, value } of own("web_canary_request_duration_seconds_bucket")) {
    const bound = labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le);
    within.set(bound, (within.get(bound) ?? 0) + value);
  }
  const sum = (samples: readonly { readonly value: number }[]) =>
    samples.reduce((total, { value }) => total + value, 0);
  return {
    requests: sum(counts),
    failures: sum(failed),
    timed: within.get(Number.POSITIVE_INFINITY) ?? 0,
    p95: quantile(within, 0.95) * 1000,
  };
}

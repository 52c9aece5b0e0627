import type { ChainName } from "./chains/table.ts";
import { type Figures, figuresOfPage, type WaitFigures, waitsOf } from "./figures.ts";
import { PAGES, type PageName } from "./pages.ts";
import type { Run } from "./results.ts";

/** What the project wants to reach, and what a run shows of it. */
export interface Bar {
  readonly text: string;
  readonly sort: "at most" | "at least";
  readonly limit: number;
  /** undefined: this run did not measure it. */
  readonly value: number | undefined;
  readonly kept: boolean | undefined;
}

const MEBIBYTE = 1024 * 1024;
/** Of our stack, in every run. */
const REPLICAS = 2;

/** All bars, for a run. Those of the project are for access logs on in all. */
export function barsOf(run: Run): Bar[] {
  return [
    ...edgeBars(run),
    ...applicationBars(run),
    ...chainBars(run),
    ...waitBars(run),
    ...restBars(run),
  ];
}

function edgeBars(run: Run): Bar[] {
  const edge = ({ tiers }: Figures) => tiers.edge.total;
  const bar = (page: PageName, chain: ChainName, limit: number, name: string) =>
    atMost(`edge, ${PAGES[page].title}: x ${name}`, limit, quotient(run, page, chain, edge));
  return [
    bar("plain", "twin", 1.0, "the twin"),
    bar("plain", "plain", 1.6, "a plain nginx"),
    bar("asset", "twin", 0.7, "the twin"),
    bar("asset", "plain", 1.3, "a plain nginx"),
  ];
}

function applicationBars(run: Run): Bar[] {
  const app = ({ tiers }: Figures) => tiers.app.total;
  const bar = (page: PageName, chain: ChainName, limit: number, name: string) =>
    atMost(
      `application's side, ${PAGES[page].title}: x ${name}`,
      limit,
      quotient(run, page, chain, app),
    );
  return [
    ...(["plain", "json", "fortunes"] as const).map((page) =>
      bar(page, "caddy", 1.25, "node:cluster + Hono"),
    ),
    bar("plain", "pm2", 0.8, "PM2 + Express"),
    bar("json", "pm2", 0.8, "PM2 + Express"),
    bar("fortunes", "pm2", 0.9, "PM2 + Express"),
  ];
}

function chainBars(run: Run): Bar[] {
  const perSecond = (figures: Figures) => figures.perSecond;
  const bar = (page: PageName, chain: ChainName, limit: number, name: string) =>
    atLeast(
      `requests/s, ${PAGES[page].title}: x ${name}`,
      limit,
      quotient(run, page, chain, perSecond),
    );
  const shared = (Object.keys(PAGES) as PageName[]).filter((page) => !("own" in PAGES[page]));
  return [
    ...shared.map((page) => bar(page, "pm2", 0.95, "nginx + PM2 + Express")),
    bar("plain", "gunicorn", 3.5, "nginx + gunicorn + Django"),
    bar("fortunes", "gunicorn", 5, "nginx + gunicorn + Django"),
  ];
}

function waitBars(run: Run): Bar[] {
  const figures = waitsOf(run);
  return [...new Set(figures.map(({ page }) => page))].map((page) => {
    const ours = figures.find((one) => one.page === page && one.chain === "ours");
    const peers = figures.filter(
      (one) =>
        one.page === page &&
        !["ours", "control", "twin", "plain"].includes(one.chain) &&
        served(one),
    );
    const best = Math.min(...peers.map(({ p99 }) => p99));
    const value = ours === undefined || ours.isVoid || !served(ours) ? undefined : ours.p99 / best;
    return atMost(
      `p99 at 70 %, ${PAGES[page].title}: x the best peer's`,
      1,
      best === Number.POSITIVE_INFINITY ? undefined : value,
    );
  });
}

/** Whether a chain kept up with the rate: otherwise its queue grew, and its times say how long the test was. */
function served({ perSecond, rate }: WaitFigures): boolean {
  return perSecond > rate * 0.98;
}

function restBars({ rest }: Run): Bar[] {
  const ours = rest.find(({ chain }) => chain === "ours");
  const memory = ours && (ours.memory.edge + ours.memory.app / REPLICAS) / MEBIBYTE;
  const used = ours && (ours.processor.edge + ours.processor.app + ours.processor.db) * 100;
  return [
    atMost("memory at rest, edge and one replica, MiB", 180, memory),
    atMost("processor at rest, the whole stack, % of one", 2, used),
  ];
}

/** Ours divided by another chain's. */
function quotient(
  run: Run,
  page: PageName,
  chain: ChainName,
  value: (figures: Figures) => number,
): number | undefined {
  const figures = figuresOfPage(run, page);
  const ours = figures.find((one) => one.chain === "ours");
  const other = figures.find((one) => one.chain === chain);
  return ours && other && value(ours) / value(other);
}

function atMost(text: string, limit: number, value: number | undefined): Bar {
  const kept = value === undefined ? undefined : value <= limit;
  return { ...{ text, sort: "at most", limit }, ...finite(value, kept) };
}

function atLeast(text: string, limit: number, value: number | undefined): Bar {
  const kept = value === undefined ? undefined : value >= limit;
  return { ...{ text, sort: "at least", limit }, ...finite(value, kept) };
}

function finite(value: number | undefined, kept: boolean | undefined) {
  return Number.isFinite(value) ? { value, kept } : { value: undefined, kept: undefined };
}

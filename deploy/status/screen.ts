import type { Chain, Member } from "./chain.ts";
import { type Interval, p99Of, rateOf, sumOf } from "./metrics.ts";

const NUMBERS_FROM = 2;

/** The chain as text: one table of the tiers, one of the replicas, and what is missing. */
export function screenOf(chain: Chain, columns = 100, now = new Date()): string {
  const { project, edges, gateways, missing } = chain;
  const modes = [...new Set(edges.map(({ status }) => status?.mode?.kind ?? "unknown"))];
  const seconds = [...edges, ...gateways].find(({ interval }) => interval)?.interval?.seconds;
  const rates = seconds === undefined ? "" : `, rates of the last ${seconds.toFixed(1)} s`;
  const lines = [
    `${project}  ${now.toLocaleTimeString("en-GB")}  mode ${modes.join(", ") || "unknown"}${rates}`,
    "",
    ...table([
      TIER_HEAD,
      edgeRow(chain),
      gatewayRow(chain),
      queueRow(gateways),
      databaseRow(chain),
    ]),
    "",
    ...table([REPLICA_HEAD, ...gateways.map((gateway) => replicaRow(gateway, edges))]),
    "",
    cacheLine(edges),
    ...(missing.length === 0 ? [] : ["", "Missing:", ...missing.map((line) => `  ${line}`)]),
  ];
  return `${lines.map((line) => line.trimEnd().slice(0, columns)).join("\n")}\n`;
}

const TIER_HEAD = ["tier", "state", "requests/s", "5xx/s", "4xx/s", "p99", "in flight", "waiting"];

function edgeRow({ edges }: Chain): string[] {
  const serving = { served_by: "application" };
  return [
    "edge",
    edges.map(stateOf).join(", ") || "none",
    ...rates(edges, "web_requests_total"),
    time(p99Of(intervalsOf(edges), "web_request_duration_seconds", serving)),
    count(edges, "web_upstream_in_flight"),
    count(edges, "web_upstream_waiting", "web_requests_held"),
  ];
}

function gatewayRow({ gateways }: Chain): string[] {
  const ready = gateways.filter(({ status }) => status?.state === "ready").length;
  return [
    "gateway",
    `${ready} of ${gateways.length} ready`,
    ...rates(gateways, "gateway_requests_total"),
    time(p99Of(intervalsOf(gateways), "gateway_request_duration_seconds")),
    count(gateways, "gateway_requests_in_flight"),
    count(gateways, "gateway_connections_waiting"),
  ];
}

/** From the edge to a worker that is free. */
function queueRow(gateways: readonly Member[]): string[] {
  const p99 = time(p99Of(intervalsOf(gateways), "gateway_queue_seconds"));
  const refused = rate(intervalsOf(gateways), "gateway_requests_refused_total");
  return ["queue", refused === "-" ? "" : `${refused} refused/s`, "", "", "", p99];
}

function databaseRow({ database }: Chain): string[] {
  return ["database", database ?? "none"];
}

const REPLICA_HEAD = [
  ...["replica", "state", "release", "circuit", "workers", "ended", "requests/s", "p99"],
  ...["in flight", "waiting"],
];

function replicaRow(gateway: Member, edges: readonly Member[]): string[] {
  const { name, release, status, metrics, addresses } = gateway;
  if (status === undefined) return [name, stateOf(gateway), release];
  const ready = status.workers.filter(({ state }) => state === "ready").length;
  const known = edges
    .flatMap((edge) => edge.status?.workers ?? [])
    .flatMap(({ replicas = [] }) => replicas)
    .find(({ address }) => addresses.includes(address));
  const ended = sumOf(metrics, "gateway_worker_ends_total");
  const retired = sumOf(metrics, "gateway_worker_ends_total", { cause: "retired" });
  return [
    name,
    stateOf(gateway),
    release,
    known?.circuit ?? "not known",
    `${ready} of ${status.size ?? status.workers.length}`,
    String(ended - retired),
    rate(intervalsOf([gateway]), "gateway_requests_total"),
    time(p99Of(intervalsOf([gateway]), "gateway_request_duration_seconds")),
    count([gateway], "gateway_requests_in_flight"),
    count([gateway], "gateway_connections_waiting"),
  ];
}

function cacheLine(edges: readonly Member[]): string {
  const name = "web_cache_requests_total";
  const intervals = intervalsOf(edges);
  const all = rateOf(intervals, name) - rateOf(intervals, name, { result: "passed" });
  const hits = rateOf(intervals, name, { result: "hit" });
  const share = all > 0 ? `${Math.round((100 * hits) / all)} % hits` : "no requests";
  const entries = count(edges, "web_cache_entries");
  const megabytes = edges.reduce((sum, { metrics }) => sum + sumOf(metrics, "web_cache_bytes"), 0);
  return `cache  ${share}, ${entries} entries, ${(megabytes / 1e6).toFixed(1)} MB`;
}

function stateOf({ status, failure }: Member): string {
  if (status !== undefined) return status.state;
  return (failure ?? "").startsWith("has no") ? "nginx" : (failure ?? "unknown");
}

function intervalsOf(members: readonly Member[]): Interval[] {
  return members.flatMap(({ interval }) => interval ?? []);
}

function rates(members: readonly Member[], name: string): string[] {
  const intervals = intervalsOf(members);
  return [
    rate(intervals, name),
    rate(intervals, name, { status: "5xx" }),
    rate(intervals, name, { status: "4xx" }),
  ];
}

function rate(
  intervals: readonly Interval[],
  name: string,
  labels: Readonly<Record<string, string>> = {},
): string {
  if (intervals.length === 0) return "-";
  const value = rateOf(intervals, name, labels);
  return value > 0 && value < 10 ? value.toFixed(1) : String(Math.round(value));
}

function count(members: readonly Member[], ...names: readonly string[]): string {
  const known = members.filter(({ status }) => status !== undefined);
  if (known.length === 0) return "-";
  const sums = known.flatMap(({ metrics }) => names.map((name) => sumOf(metrics, name)));
  return String(sums.reduce((sum, value) => sum + value, 0));
}

function time(seconds: number | undefined): string {
  if (seconds === undefined) return "-";
  if (seconds >= 1) return `${seconds.toFixed(1)} s`;
  return `${(seconds * 1000).toFixed(seconds < 0.01 ? 1 : 0)} ms`;
}

/** Columns as wide as their cells; words to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const [head = []] = rows;
  const widths = head.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const words = new Set(["release", "circuit"]);
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const left = column < NUMBERS_FROM || words.has(head[column] ?? "");
        return left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
      })
      .join("  "),
  );
}

import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { samplesOf } from "./admin-page.ts";

/** What the edge counted in a time. */
export interface Phase {
  readonly seconds: number;
  readonly requests: number;
  /** Responses with a status of 500 or more. */
  readonly failures: number;
  /** Milliseconds that 99 of 100 responses took at most, as exact as the edge's histogram; NaN without one. */
  readonly p99: number;
}

/** A reading of the edge's counters: they only grow. */
interface Reading {
  readonly requests: number;
  readonly failures: number;
  /** Responses that took at most so many seconds. */
  readonly within: ReadonlyMap<number, number>;
}

/** A deploy does not wait longer than that for its figures. */
const FIRST_READING_TIMEOUT = 5_000;

const NOTHING: Reading = { requests: 0, failures: 0, within: new Map() };

/**
 * Prints the counters twice a second. It ends with its standard input, so that a deploy that is killed
 * leaves no process in the container.
 */
const FOLLOW = `
  const { get } = require("node:http");
  process.stdin.resume().on("end", () => process.exit());
  const read = () => get({ socketPath: "/run/gatehouse/admin.sock", path: "/metrics" }, (response) => {
    let text = "";
    response.on("data", (data) => { text += data; }).on("end", () => {
      const lines = text.split("\\n").filter((line) =>
        /^web_(requests_total|request_duration_seconds_bucket)/.test(line));
      console.log(JSON.stringify(lines.join("\\n")));
    });
  }).on("error", () => {});
  read();
  setInterval(read, 500);
`;

/** Follows the counters of the edges: of the one that runs, and of the one that takes over from it. */
export class EdgeCounts implements Disposable {
  readonly #last = new Map<string, Reading>();
  readonly #followers: ChildProcess[] = [];
  #since = performance.now();
  #start: Reading = NOTHING;

  /** Resolves at the first reading; without one if the edge has no counters, as nginx, or is late. */
  async follow(container: string): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const args = ["exec", "--interactive", container, "node", "-e", FOLLOW];
    // In a group of its own: Ctrl-C on the terminal is for the deploy.
    const child = spawn("docker", args, { stdio: ["pipe", "pipe", "ignore"], detached: true });
    this.#followers.push(child);
    child.on("error", () => resolve()).on("exit", () => resolve());
    const late = setTimeout(resolve, FIRST_READING_TIMEOUT);
    void promise.then(() => clearTimeout(late));
    child.stdin.on("error", () => {});
    createInterface({ input: child.stdout }).on("line", (line) => {
      // The engine writes here too, when nginx has no Node.
      if (!line.startsWith('"')) return;
      this.#last.set(container, readingOf(line));
      resolve();
    });
    await promise;
  }

  /** Begins a phase. Counts of an edge that is not followed yet belong to it in full. */
  begin(): void {
    this.#since = performance.now();
    this.#start = sum(this.#last.values());
  }

  /** What was counted since `begin`; undefined if no edge has counters. */
  phase(): Phase | undefined {
    if (this.#last.size === 0) return undefined;
    const now = sum(this.#last.values());
    const within = new Map<number, number>();
    for (const [bound, count] of now.within) {
      within.set(bound, count - (this.#start.within.get(bound) ?? 0));
    }
    return {
      seconds: (performance.now() - this.#since) / 1000,
      requests: now.requests - this.#start.requests,
      failures: now.failures - this.#start.failures,
      p99: quantile(within, 0.99) * 1000,
    };
  }

  [Symbol.dispose](): void {
    for (const child of this.#followers) child.stdin?.end();
  }
}

function readingOf(line: string): Reading {
  const text: string = JSON.parse(line);
  const within = new Map<number, number>();
  for (const { labels, value } of samplesOf(text, "web_request_duration_seconds_bucket")) {
    const bound = labels.le === "+Inf" ? Number.POSITIVE_INFINITY : Number(labels.le);
    within.set(bound, (within.get(bound) ?? 0) + value);
  }
  let requests = 0;
  let failures = 0;
  for (const { labels, value } of samplesOf(text, "web_requests_total")) {
    requests += value;
    if (labels.status === "5xx") failures += value;
  }
  return { requests, failures, within };
}

function sum(readings: Iterable<Reading>): Reading {
  let [requests, failures] = [0, 0];
  const within = new Map<number, number>();
  for (const reading of readings) {
    requests += reading.requests;
    failures += reading.failures;
    for (const [bound, count] of reading.within) {
      within.set(bound, (within.get(bound) ?? 0) + count);
    }
  }
  return { requests, failures, within };
}

/**
 * The value that a share of all observations did not exceed, interpolated within its bucket.
 * @param within cumulative counts by upper bound
 */
export function quantile(within: ReadonlyMap<number, number>, share: number): number {
  const buckets = [...within].sort(([a], [b]) => a - b);
  const total = buckets.at(-1)?.[1] ?? 0;
  if (total === 0) return Number.NaN;
  const rank = share * total;
  let [lower, below] = [0, 0];
  for (const [bound, count] of buckets) {
    if (count >= rank) {
      // Nothing is known of what lies above the last bound.
      if (bound === Number.POSITIVE_INFINITY) return lower;
      return lower + ((bound - lower) * (rank - below)) / (count - below || 1);
    }
    [lower, below] = [bound, count];
  }
  return lower;
}

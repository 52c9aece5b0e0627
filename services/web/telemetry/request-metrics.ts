import type { ServedBy } from "../exchange/exchange.ts";
import { counter, type Metric, type Sample } from "./metric.ts";

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const DURATIONS = "web_request_duration_seconds";

class Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly classes = [0, 0, 0, 0, 0, 0];
  /** Requests within each bucket alone, and at the end those above all of them. */
  readonly buckets = new Array<number>(BUCKETS.length + 1).fill(0);
  seconds = 0;
  bytesIn = 0;
  bytesOut = 0;

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }
}

/**
 * Counts every request by route, by the room that served it, and by the class of its status. There
 * are as many rows as site.ts has routes, times four; nothing that a client sends becomes a label.
 */
export class RequestMetrics {
  readonly #routes = new Map<string, Map<ServedBy, Row>>();

  /** @param duration milliseconds */
  count(
    route: string,
    servedBy: ServedBy,
    status: number,
    duration: number,
    bytesIn: number,
    bytesOut: number,
  ): void {
    const row = this.#row(route, servedBy);
    const seconds = duration / 1000;
    const level = Math.floor(status / 100);
    row.classes[level] = (row.classes[level] ?? 0) + 1;
    let at = 0;
    while (at < BUCKETS.length && seconds > (BUCKETS[at] ?? 0)) at++;
    row.buckets[at] = (row.buckets[at] ?? 0) + 1;
    row.seconds += seconds;
    row.bytesIn += bytesIn;
    row.bytesOut += bytesOut;
  }

  metrics(): Metric[] {
    const rows = [...this.#routes.values()].flatMap((route) => [...route.values()]);
    const statuses = rows.flatMap(({ labels, classes }) =>
      classes.flatMap((value, level) =>
        value === 0 ? [] : [{ labels: { ...labels, status: `${level}xx` }, value }],
      ),
    );
    const bytesIn = rows.map(({ labels, bytesIn: value }) => ({ labels, value }));
    const bytesOut = rows.map(({ labels, bytesOut: value }) => ({ labels, value }));
    return [
      counter("web_requests_total", "Requests by route, room and class of status", statuses),
      counter("web_request_bytes_total", "Bytes of request bodies", bytesIn),
      counter("web_answer_bytes_total", "Bytes of response bodies", bytesOut),
      {
        name: DURATIONS,
        help: "Seconds from the request's head to the end of its response",
        type: "histogram",
        aggregator: "sum",
        values: rows.flatMap(histogram),
      },
    ];
  }

  #row(route: string, servedBy: ServedBy): Row {
    let rows = this.#routes.get(route);
    if (rows === undefined) {
      rows = new Map();
      this.#routes.set(route, rows);
    }
    let row = rows.get(servedBy);
    if (row === undefined) {
      row = new Row({ route, served_by: servedBy });
      rows.set(servedBy, row);
    }
    return row;
  }
}

/** The parts of a histogram in Prometheus' text format; its buckets are cumulative. */
function histogram({ labels, buckets, seconds }: Row): Sample[] {
  let sum = 0;
  const cumulative = buckets.map((count, at) => {
    sum += count;
    const le = at < BUCKETS.length ? String(BUCKETS[at]) : "+Inf";
    return { metricName: `${DURATIONS}_bucket`, labels: { le, ...labels }, value: sum };
  });
  return [
    ...cumulative,
    { metricName: `${DURATIONS}_sum`, labels, value: seconds },
    { metricName: `${DURATIONS}_count`, labels, value: sum },
  ];
}

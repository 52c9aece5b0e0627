import { counter, Distribution, histogram, type Metric } from "@gatehouse/telemetry";
import type { ServedBy } from "../exchange/exchange.ts";

/** What is counted of the requests of one route that one room answered. */
class Row {
  readonly labels: Readonly<Record<string, string>>;
  /** By the first digit of the status. */
  readonly classes = [0, 0, 0, 0, 0, 0];
  readonly distribution = new Distribution();
  bytesIn = 0;
  bytesOut = 0;

  constructor(labels: Readonly<Record<string, string>>) {
    this.labels = labels;
  }
}

/**
 * Counts every request: by its route, who served it and the class of its status. There are as many
 * rows as site.ts has routes, times four; nothing of a request itself becomes a label.
 */
export class RequestCounters {
  readonly #routes = new Map<string, Map<ServedBy, Row>>();

  /**
   * @param route "" where no route was looked for
   * @param duration milliseconds
   */
  count(
    route: string,
    servedBy: ServedBy,
    status: number,
    duration: number,
    bytes: { readonly in: number; readonly out: number },
  ): void {
    const row = this.#row(route, servedBy);
    const level = Math.floor(status / 100);
    row.classes[level] = (row.classes[level] ?? 0) + 1;
    row.distribution.observe(duration / 1000);
    row.bytesIn += bytes.in;
    row.bytesOut += bytes.out;
  }

  metrics(): Metric[] {
    const rows = [...this.#routes.values()].flatMap((route) => [...route.values()]);
    return [
      counter(
        "web_requests_total",
        "Requests by route, who made the answer and the class of its status",
        rows.flatMap(({ labels, classes }) =>
          classes.flatMap((value, level) =>
            value === 0 ? [] : [{ labels: { ...labels, status: `${level}xx` }, value }],
          ),
        ),
      ),
      counter(
        "web_request_bytes_total",
        "Bytes of request bodies",
        rows.map(({ labels, bytesIn: value }) => ({ labels, value })),
      ),
      counter(
        "web_answer_bytes_total",
        "Bytes of the answers' bodies",
        rows.map(({ labels, bytesOut: value }) => ({ labels, value })),
      ),
      histogram(
        "web_request_duration_seconds",
        "Seconds from the request's head to the end of its response",
        rows,
      ),
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

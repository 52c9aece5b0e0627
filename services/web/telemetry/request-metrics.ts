import { counter, Distribution, histogram, type Metric } from "@gatehouse/telemetry";
import type { ServedBy } from "../exchange/exchange.ts";

class Row {
  readonly labels: Readonly<Record<string, string>>;
  readonly classes = [0, 0, 0, 0, 0, 0];
  readonly distribution = new Distribution();
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
    const level = Math.floor(status / 100);
    row.classes[level] = (row.classes[level] ?? 0) + 1;
    row.distribution.observe(duration / 1000);
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
      counter("web_response_bytes_total", "Bytes of response bodies", bytesOut),
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

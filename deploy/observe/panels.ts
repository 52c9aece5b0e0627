/** A unit of a panel's numbers. */
export type Unit = "per second" | "seconds" | "share" | "count" | "bytes" | "days";

export interface Line {
  /** A PromQL expression; each of its series is a line. */
  readonly query: string;
  /** The name of a line, with labels in braces: "{{state}}". */
  readonly name: string;
}

export interface Panel {
  readonly title: string;
  readonly unit: Unit;
  /** What a reader sees in it, and when it is bad. */
  readonly about: string;
  readonly lines: readonly Line[];
}

/** Rates are of the last minute: a fault is seen within 15 s, and single requests are no spikes. */
const rate = (metric: string) => `rate(${metric}[1m])`;

/**
 * What is drawn of the chain, in this order: the only source of the page that `make observe` serves and of
 * Grafana's dashboard. Every query returns something while the stack serves requests.
 */
export const PANELS: readonly Panel[] = [
  {
    title: "Requests",
    unit: "per second",
    about: "Responses of the edge by the class of their status.",
    lines: [{ query: `sum by (status) (${rate("web_requests_total")})`, name: "{{status}}" }],
  },
  {
    title: "Errors",
    unit: "share",
    about: "The share of responses that are server errors (5xx), at the edge and at the gateways.",
    lines: [
      {
        query: `(sum(${rate('web_requests_total{status="5xx"}')}) or vector(0)) / sum(${rate("web_requests_total")})`,
        name: "edge",
      },
      {
        query: `sum(${rate('gateway_requests_total{status="5xx"}')}) / sum(${rate("gateway_requests_total")})`,
        name: "gateway",
      },
    ],
  },
  {
    title: "Error budget",
    unit: "count",
    about:
      "How many times faster than allowed the error budget burns; above 14.4 and 6 it is an alert.",
    lines: [
      {
        query: "gatehouse:errors:ratio_rate1h / on() gatehouse:error_budget:ratio",
        name: "one hour",
      },
      {
        query: "gatehouse:errors:ratio_rate6h / on() gatehouse:error_budget:ratio",
        name: "six hours",
      },
    ],
  },
  {
    title: "Slowest percent (p99)",
    unit: "seconds",
    about: "From a request's head to the end of its response, by tier; streams are not counted.",
    lines: [
      { query: "gatehouse:edge_seconds:p99_rate5m", name: "edge" },
      { query: "gatehouse:gateway_seconds:p99_rate5m", name: "gateway" },
      { query: "gatehouse:queue_seconds:p99_rate5m", name: "queue" },
    ],
  },
  {
    title: "Replicas",
    unit: "count",
    about: "Replicas of the application by their state at the edge, and how many there should be.",
    lines: [
      { query: "max by (state) (web_upstream_replicas)", name: "{{state}}" },
      { query: "gatehouse:replicas:expected", name: "expected" },
    ],
  },
  {
    title: "Circuits",
    unit: "count",
    about: "Replicas by their circuit: the edge prefers others to one whose circuit is open.",
    lines: [{ query: "max by (state) (web_upstream_circuits)", name: "{{state}}" }],
  },
  {
    title: "Workers",
    unit: "count",
    about: "Worker processes of all gateways, and of the edge, by state.",
    lines: [
      { query: "sum by (state) (gateway_workers)", name: "gateway {{state}}" },
      { query: "sum by (state) (web_workers)", name: "edge {{state}}" },
    ],
  },
  {
    title: "Workers that ended",
    unit: "count",
    about: 'In the last five minutes, by cause; "retired" is a reload or a recycled worker.',
    lines: [
      {
        query: "sum by (cause) (increase(gateway_worker_ends_total[5m])) or vector(0)",
        name: "gateway {{cause}}",
      },
      { query: "sum(increase(web_worker_crashes_total[5m]))", name: "edge" },
    ],
  },
  {
    title: "Queue",
    unit: "count",
    about:
      "What waits: connections for a worker, requests for a connection to a replica, held by a pause.",
    lines: [
      { query: "sum(gateway_connections_waiting)", name: "for a worker" },
      { query: "sum(web_upstream_waiting)", name: "for a replica" },
      { query: "sum(web_requests_held)", name: "held by a pause" },
    ],
  },
  {
    title: "Rejected",
    unit: "per second",
    about:
      "Requests that the gateway rejected, that reached a limit of the edge, or were sent once more.",
    lines: [
      {
        query: `sum by (reason) (${rate("gateway_requests_refused_total")})`,
        name: "gateway: {{reason}}",
      },
      {
        query: `sum by (limit) (${rate("web_limited_total")}) or vector(0)`,
        name: "edge: {{limit}}",
      },
      { query: `sum(${rate("web_upstream_retries_total")})`, name: "retries" },
    ],
  },
  {
    title: "In flight",
    unit: "count",
    about: "Requests whose response is not complete: at the edge by replica, and in the gateways.",
    lines: [
      { query: "sum by (replica) (web_upstream_in_flight)", name: "to {{replica}}" },
      { query: "sum by (instance) (gateway_requests_in_flight)", name: "in {{instance}}" },
    ],
  },
  {
    title: "Cache",
    unit: "per second",
    about: "Requests by what the cache did with them.",
    lines: [{ query: `sum by (result) (${rate("web_cache_requests_total")})`, name: "{{result}}" }],
  },
  {
    title: "Saturation",
    unit: "share",
    about: "What clients hold of the edge's budgets; at 1, more is rejected.",
    lines: [{ query: "gatehouse:budget_used:ratio", name: "{{budget}}" }],
  },
  {
    title: "Connections",
    unit: "count",
    about: "Open connections: of clients, HTTP/2 sessions, WebSockets, and to the replicas.",
    lines: [
      { query: "sum by (listener) (web_connections)", name: "{{listener}}" },
      { query: "sum(web_http2_sessions)", name: "HTTP/2 sessions" },
      { query: "sum(web_tunnels)", name: "WebSockets" },
      { query: "sum(web_upstream_connections)", name: "to replicas" },
    ],
  },
  {
    title: "Sent",
    unit: "bytes",
    about: "Bytes of response bodies in a second, by who served them.",
    lines: [
      { query: `sum by (served_by) (${rate("web_response_bytes_total")})`, name: "{{served_by}}" },
    ],
  },
  {
    title: "Background jobs",
    unit: "count",
    about:
      "In the last hour: runs of scheduled tasks by outcome, and how often the program was started again.",
    lines: [
      {
        query: "sum by (outcome) (increase(jobs_task_runs_total[1h])) or vector(0)",
        name: "{{outcome}}",
      },
      { query: "sum(increase(jobs_program_restarts_total[1h])) or vector(0)", name: "restarts" },
    ],
  },
  {
    title: "Mode",
    unit: "count",
    about: "1 for the present mode of the edge.",
    lines: [{ query: "max by (mode) (web_mode)", name: "{{mode}}" }],
  },
  {
    title: "Certificates",
    unit: "days",
    about: "Until a certificate expires; below 14 and 3 days it is an alert.",
    lines: [
      {
        query:
          "(min by (certificate) (web_tls_certificate_expiry_timestamp_seconds) - time()) / 86400",
        name: "{{certificate}}",
      },
    ],
  },
  {
    title: "Alerts",
    unit: "count",
    about: "Alerts that fire.",
    lines: [
      {
        query: 'count by (alertname) (ALERTS{alertstate="firing"}) or vector(0)',
        name: "{{alertname}}",
      },
    ],
  },
];

import { type Chart, drawChart } from "./chart.ts";
import type { Span } from "./series.ts";
import { journeysOf, type Summary, verdictsOf } from "./summary.ts";

export interface Run {
  readonly suite: string;
  /** Why one runs this suite. */
  readonly why: string;
  /** How it was run, in words. */
  readonly settings: string;
  readonly when: Date;
  readonly summary: Summary;
  readonly series: readonly Span[];
}

const STYLE = `
  :root { color-scheme: light dark; --ink: light-dark(#1c1b19, #eceae6); --paper: light-dark(#fff, #191816);
    --faint: light-dark(#ddd9d2, #3a3733); --a: light-dark(#1f5fbf, #7fb0ff); --b: light-dark(#9a5b00, #f0b35c);
    --c: light-dark(#6b3fa0, #c4a3f5); --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#1b6e3c, #7fd6a0); }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
    max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; margin: 1rem 0; }
  th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid var(--faint); }
  td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
  .good { color: var(--good); } .bad { color: var(--bad); stroke: var(--bad); }
  figure { margin: 1.5rem 0; } svg { width: 100%; height: auto; font-size: 11px; }
  svg text { fill: currentColor; } .grid { stroke: var(--faint); } .line { fill: none; stroke-width: 1.6; }
  .line.a { stroke: var(--a); } .line.b { stroke: var(--b); } .line.c { stroke: var(--c); }
  .key { margin-left: 1rem; } .key::before { content: "— "; font-weight: bold; }
  .key.a::before { color: var(--a); } .key.b::before { color: var(--b); } .key.c::before { color: var(--c); }
`;

/** The report of a run: one file that needs nothing else, and no network. */
export function reportPage(run: Run): string {
  const verdicts = verdictsOf(run.summary);
  const failed = verdicts.filter(({ ok }) => !ok).length;
  const verdict =
    failed === 0
      ? "every threshold held"
      : `${failed} of ${verdicts.length} thresholds were crossed`;
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(run.suite)}: ${verdict}</title><style>${STYLE}</style></head>
<body>
<h1>Load: ${escapeHtml(run.suite)}</h1>
<p>${escapeHtml(run.why)} ${escapeHtml(run.settings)} ${run.when.toISOString()}.</p>
<p class="${failed === 0 ? "good" : "bad"}"><b>${verdict}.</b></p>
${charts(run.series).map(drawChart).join("\n")}
<h2>Journeys</h2>
${table(
  ["journey", "#requests", "#failed", "#median ms", "#p95 ms"],
  journeysOf(run.summary).map(({ name, requests, failed, median, p95 }) => [
    name,
    String(requests),
    String(failed),
    median.toFixed(1),
    p95.toFixed(1),
  ]),
)}
<h2>Thresholds</h2>
${table(
  ["", "metric", "must hold", "#measured"],
  verdicts.map(({ ok, metric, rule, measured }) => [
    ok ? "held" : "crossed",
    metric,
    rule,
    measured,
  ]),
)}
</body>
</html>
`;
}

function charts(series: readonly Span[]): Chart[] {
  const times = series.map(({ at }) => at);
  const values = <Key extends keyof Span>(key: Key) => series.map((span) => span[key]);
  return [
    {
      title: "Requests",
      unit: "1/s",
      times,
      lines: [
        { name: "ended", color: "a", values: values("requests") },
        { name: "failed", color: "bad", values: values("failed") },
      ],
    },
    {
      title: "Duration of a request",
      unit: "ms",
      times,
      lines: [
        { name: "p99", color: "c", values: values("p99") },
        { name: "p95", color: "b", values: values("p95") },
        { name: "median", color: "a", values: values("median") },
      ],
    },
    {
      title: "Virtual users, and journeys that found none free",
      unit: "users; 1/s",
      times,
      lines: [
        { name: "users", color: "a", values: values("users") },
        { name: "dropped", color: "bad", values: values("dropped") },
      ],
    },
  ];
}

/** A head that begins with # is that of a column of numbers. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const number = head.map((cell) => (cell.startsWith("#") ? ' class="number"' : ""));
  const cells = (row: readonly string[], tag: string) =>
    row
      .map(
        (cell, index) => `<${tag}${number[index]}>${escapeHtml(cell.replace(/^#/, ""))}</${tag}>`,
      )
      .join("");
  return `<table><thead><tr>${cells(head, "th")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${cells(row, "td")}</tr>`).join("\n")}</tbody></table>`;
}

function escapeHtml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

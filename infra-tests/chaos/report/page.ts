import { drawChart } from "../../load/report/chart.ts";
import type { Outcome } from "../outcome.ts";
import { seriesOf } from "./series.ts";

const STYLE = `
  :root { color-scheme: light dark; --ink: light-dark(#1c1b19, #eceae6); --paper: light-dark(#fff, #191816);
    --faint: light-dark(#ddd9d2, #3a3733); --a: light-dark(#1f5fbf, #7fb0ff); --c: light-dark(#6b3fa0, #c4a3f5);
    --bad: light-dark(#b3261e, #ff8a80); --good: light-dark(#1b6e3c, #7fd6a0); --shade: light-dark(#f4e6c8, #4a3f28); }
  body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 62rem;
    margin: 2rem auto; padding: 0 1rem; }
  table { border-collapse: collapse; width: 100%; } th, td { text-align: left; padding: .3rem .6rem;
    border-bottom: 1px solid var(--faint); } .good { color: var(--good); } .bad { color: var(--bad); stroke: var(--bad); }
  .charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(24rem, 1fr)); gap: 1rem; }
  figure { margin: .5rem 0; } svg { width: 100%; height: auto; font-size: 11px; } svg text { fill: currentColor; }
  .grid { stroke: var(--faint); } .line { fill: none; stroke-width: 1.6; } .shade { fill: var(--shade); }
  .line.a { stroke: var(--a); } .line.c { stroke: var(--c); } .line.bad { stroke: var(--bad); }
  .key { margin-left: 1rem; } .key::before { content: "— "; } .key.a::before { color: var(--a); } .key.c::before { color: var(--c); }
`;

/** The report of a run: one file that needs nothing else, and no network. */
export function chaosPage(outcomes: readonly Outcome[], when: Date): string {
  const held = outcomes.filter(({ verdict }) => verdict.missed.length === 0).length;
  const title = `${held} of ${outcomes.length} faults within their bars`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Chaos: ${title}</title><style>${STYLE}</style></head><body>
<h1>Broken on purpose: ${title}</h1>
<p>${when.toISOString()}. Each under a steady load of 80 requests a second, counted by the client. The time of the fault is shaded.</p>
<table><tr><th></th><th>fault</th><th>failed</th><th>p99</th><th>recovered</th><th>missed</th></tr>
${outcomes.map(row).join("\n")}</table>
${outcomes.map(section).join("\n")}
</body></html>
`;
}

const escapeHtml = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function row({ fault, verdict }: Outcome): string {
  const held = verdict.missed.length === 0;
  const failed = Object.entries(verdict.failed).map(([kind, count]) => `${count} ${kind}`);
  return `<tr><td class="${held ? "good" : "bad"}">${held ? "held" : "missed"}</td>
<td><a href="#${fault.name}">${escapeHtml(fault.title)}</a></td><td>${failed.join(", ") || "0"} of ${verdict.sent}</td>
<td>${verdict.p99} ms</td><td>${verdict.recovered.toFixed(1)} s</td><td>${escapeHtml(verdict.missed.join("; "))}</td></tr>`;
}

function section(outcome: Outcome): string {
  const { fault, verdict } = outcome;
  const { times, ended, failed, p99, shade } = seriesOf(outcome);
  const charts = [
    drawChart({
      title: "Requests",
      unit: "1/s",
      times,
      shade,
      lines: [
        { name: "ended", color: "a", values: ended },
        { name: "failed", color: "bad", values: failed },
      ],
    }),
    drawChart({
      title: "Duration",
      unit: "ms",
      times,
      shade,
      lines: [{ name: "p99", color: "c", values: p99 }],
    }),
  ];
  const because = fault.because === undefined ? "" : `<p>${escapeHtml(fault.because)}</p>`;
  return `<h2 id="${fault.name}">${escapeHtml(fault.title)}</h2>
<p>${escapeHtml(fault.survives)}</p>${because}
<p>Seen: ${escapeHtml(verdict.evidence ?? "nothing")}.</p>
<p class="bad">${escapeHtml(verdict.missed.join("; "))}</p>
<div class="charts">${charts.join("\n")}</div>`;
}

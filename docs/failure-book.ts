import type { Fault } from "../infra-tests/chaos/fault.ts";
import { FAULTS } from "../infra-tests/chaos/faults/all.ts";

/** Where the page lies. */
export const FAILURE_BOOK = `${import.meta.dirname}/failure-book.md`;

/** The page of what can break, made from the faults that `make chaos` makes. */
export function failureBook(): string {
  return [
    "# The failure book",
    "",
    "What can break, how it looks, what the parts do about it by themselves, and what is left for you. Each row of the",
    "table is a fault that `make chaos` makes on a stack of its own, under a steady load of 80 requests a second that the",
    "client counts: pages on kept and on fresh connections, files, pages that read the database, and POSTs, each of which",
    "must be stored once. `make chaos ONLY=replica-frozen` makes one of them; the report is `reports/chaos/chaos.html`.",
    "",
    "This page is made by `npm run docs` from `infra-tests/chaos/faults/`; a test keeps it current.",
    "",
    "| you see | what it may be |",
    "|---|---|",
    ...FAULTS.map(({ name, title, symptom }) => `| ${symptom} | [${title}](#${name}) |`),
    "",
    ...FAULTS.flatMap(section),
  ].join("\n");
}

function section(fault: Fault): string[] {
  const { name, title, symptom, survives, todo, because } = fault;
  return [
    `<a id="${name}"></a>`,
    "",
    `## ${title}`,
    "",
    `**You see.** ${symptom}`,
    "",
    `**By itself.** ${survives}`,
    "",
    `**For you.** ${todo}`,
    "",
    `**Held to.** ${barsOf(fault)}${because === undefined ? "" : ` ${because}`}`,
    "",
  ];
}

function barsOf({ bars: { mayFail = {}, recovers, slowest } }: Fault): string {
  const counts = Object.entries(mayFail);
  const all = counts.filter(([, most]) => most === "all").map(([kind]) => kind);
  const some = counts.filter(([, most]) => most !== "all").map(([kind, most]) => `${most} ${kind}`);
  const parts = [
    ...(all.length > 0 ? [`of the kinds ${all.join(", ")} any may fail`] : []),
    ...(some.length > 0 ? [`at most ${some.join(", ")} may fail`] : []),
  ];
  const failures = parts.length === 0 ? "no request fails" : parts.join("; ");
  const text = `${failures}; the slowest page takes ${slowest} ms; nothing fails later than ${recovers} s after it.`;
  return text.charAt(0).toUpperCase() + text.slice(1);
}

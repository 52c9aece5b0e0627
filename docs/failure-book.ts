import type { Fault } from "../infra-tests/chaos/fault.ts";
import { FAULTS } from "../infra-tests/chaos/faults/all.ts";

/** Where the page lies. */
export const FAILURE_BOOK = `${import.meta.dirname}/failure-book.md`;

/** Frequent symptoms, and where their cause is found. */
const SYMPTOMS: readonly (readonly [string, string])[] = [
  [
    "The site is slow since a deploy",
    "`make releases` says what changed and when; `make rollback` takes seconds and needs no build. Then [RequestsAreSlow](watching.md#requestsareslow): which tier is slow",
  ],
  [
    "503 for every page",
    "`make status`: under maintenance or paused, `make live` or `make resume` ends it. No replica ready: [NoReplicaReady](watching.md#noreplicaready). Every page needs the database: `docker compose start db`",
  ],
  [
    "The disk is full",
    "[production.md](production.md#when-the-disk-is-full); then [the database](#database-disk-full)",
  ],
  [
    "The certificate has expired",
    "Own files: replace them in `secrets/`, then `docker compose exec web node services/web/main.ts reload`. By ACME: `make logs` has `no certificate by ACME` with the reason; once it is mended, `docker compose restart web` orders at once ([edge.md](edge.md#certificates-by-acme))",
  ],
  [
    "A replica restarts again and again",
    "[ReplicaFlaps](watching.md#replicaflaps), [WorkersRestart](watching.md#workersrestart), [its memory](#out-of-memory)",
  ],
  [
    "Connections are refused since the machine was restarted",
    "`docker compose ps --all` shows `web` as exited: the engine tried it before `edge-port`. `docker compose up --detach --no-recreate` starts it; a server that `make server` has prepared does that itself",
  ],
  [
    "The database has too many connections",
    "[The database accepts no more connections](#database-refuses)",
  ],
  [
    "Logs fill the disk",
    "Each container of the stack keeps 30 MB at most. Others: a service of your own without `logging:` in compose.yaml, `journalctl --disk-usage`, `docker system df`",
  ],
  [
    "`log lines lost` or `access lines lost` in a log",
    "For a while nobody read it: the engine had too much to do, or its disk is full. Edge and gateway serve on; each process keeps 16 MB of access lines and 1 MB of others for the reader, and counts the rest. `services/web/telemetry/unread-log.process.ts` and its namesake of the gateway prove it with a pipe that nobody reads",
  ],
  [
    "A backup is too old",
    "`systemctl status 'gatehouse-backup@*'` and `journalctl -u 'gatehouse-backup@*'` say why; [every night](backups.md#every-night)",
  ],
  [
    "The edge uses all of its processor",
    "`make status`: many requests, or lines `limited` in the log for greedy clients ([BudgetNearlyUsed](watching.md#budgetnearlyused)). Honest traffic: `WEB_WORKERS=2` and `CPUS_WEB=2` in `.env`, then `make up`",
  ],
  [
    "WebSockets end at each deploy",
    "That is so: a replica that ends closes them with 1001 ([gateway.md](gateway.md#drain)), and nothing can move them. Clients have to connect again, after a random wait",
  ],
];

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
    "## By symptom",
    "",
    "What operators look for most. `make status` and the [alerts](watching.md#the-alerts) say which tier it is.",
    "",
    "| you see | look at |",
    "|---|---|",
    ...SYMPTOMS.map(([symptom, advice]) => `| ${symptom} | ${advice} |`),
    "",
    "## The faults",
    "",
    "| you see | what it may be |",
    "|---|---|",
    ...FAULTS.filter(({ symptom }) => symptom !== "None.").map(
      ({ name, title, symptom }) => `| ${symptom} | [${title}](#${name}) |`,
    ),
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
    `**Limits in the test.** ${barsOf(fault)}${because === undefined ? "" : ` ${because}`}`,
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

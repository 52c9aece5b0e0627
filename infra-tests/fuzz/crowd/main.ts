import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { stretched } from "@gatehouse/telemetry/testing";
import { Innocent, type Visit } from "../innocent.ts";
import { startTargets, type Targets } from "../targets.ts";
import { ATTACKS, type Attack } from "./attacks.ts";

/**
 * `node infra-tests/fuzz/crowd/main.ts` has 1,000 hostile clients of each kind in turn attack an edge
 * with a gateway behind it, as `make up` configures them, while a visitor of another address asks for a
 * page every 25 ms. Variables: CLIENTS, SECONDS of each attack, ATTACK for one kind.
 */
const CLIENTS = Number(process.env.CLIENTS ?? 1000);
const SECONDS = Number(process.env.SECONDS ?? 8);
/** Milliseconds that the visitor's pages may take, at the 99th percentile. */
const P99 = 250;

const chosen = ATTACKS.filter(({ name }) => name.includes(process.env.ATTACK ?? ""));
const targets = await startTargets([]);
const missed: string[] = [];
try {
  for (const attack of chosen) {
    const visit = await under(attack, targets);
    const { p99, wrong } = visit;
    const bad = wrong.length > 0 || (p99 > P99 && p99 > stretched(P99));
    if (bad) missed.push(attack.name);
    const pages = `${visit.asked} pages, p99 ${p99} ms, slowest ${visit.slowest} ms`;
    process.stdout.write(`  ${bad ? "MISSED" : "ok    "} ${attack.name}: ${pages}\n`);
    for (const what of new Set(wrong)) process.stdout.write(`    the visitor: ${what}\n`);
  }
  for (const fault of targets.servers.flatMap((server) => server.faults())) {
    missed.push(fault);
    process.stdout.write(`  a server: ${fault}\n`);
  }
} finally {
  await targets.stop();
}
if (missed.length > 0) {
  process.stdout.write(`crowd: ${missed.length} missed\n`);
  process.exitCode = 1;
}

/** What the visitor sees from the moment when all hostile clients are there. */
async function under(attack: Attack, { edge }: Targets): Promise<Visit> {
  const attackers = spawn(
    process.execPath,
    [
      join(import.meta.dirname, "attackers.ts"),
      ...[String(ATTACKS.indexOf(attack)), String(CLIENTS), JSON.stringify(edge)],
    ],
    { stdio: ["ignore", "pipe", "inherit"] },
  );
  const innocent = new Innocent(edge.http, "127.0.0.2");
  try {
    await thereOrEnded(attackers);
    await pause(SECONDS * 1000);
    return innocent.take();
  } finally {
    innocent.stop();
    attackers.kill("SIGTERM");
    await once(attackers, "close");
  }
}

async function thereOrEnded(attackers: ChildProcess): Promise<void> {
  if (attackers.stdout === null) throw new Error("no output");
  await Promise.race([once(attackers.stdout, "data"), once(attackers, "close")]);
}

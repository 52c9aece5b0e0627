import { isLate } from "@gatehouse/telemetry/testing";
import type { ServerProcess } from "./server-process.ts";

/** Milliseconds within which a storm must be forgotten, on a quiet machine. */
const FORGOTTEN = 10_000;
const MEMORY_FACTOR = 1.2;
/** Megabytes that a process may always take more: V8 collects when it likes. */
const MEMORY_SLACK = 24;
/** The innocent visitor's connections, and those of the health checks. */
const DESCRIPTOR_SLACK = 12;

/** What clients hold, and must hold no longer once they are gone. The visitor may have a few. */
const GAUGES: Readonly<Record<string, number>> = {
  web_connections: 3,
  web_http2_sessions: 0,
  web_tunnels: 0,
  web_upstream_in_flight: 2,
  web_upstream_waiting: 0,
  web_requests_inside: 2,
  gateway_requests_in_flight: 2,
};

export interface Baseline {
  readonly pids: readonly number[];
  readonly descriptors: number;
  readonly memory: number;
}

export function baselineOf(server: ServerProcess): Baseline {
  const { pids, descriptors, memory } = server;
  return { pids, descriptors, memory };
}

/** Waits until a server is as it was before the storm. @returns what it is not, in time */
export async function afterStorm(
  server: ServerProcess,
  before: Baseline | undefined,
): Promise<string[]> {
  if (before === undefined) return [];
  const since = performance.now();
  for (;;) {
    const wrong = await differences(server, before);
    if (wrong.length === 0) return [];
    if (isLate(since, FORGOTTEN)) return wrong.map((what) => `${server.name}: ${what}`);
    await new Promise((soon) => setTimeout(soon, 100));
  }
}

async function differences(server: ServerProcess, before: Baseline): Promise<string[]> {
  const faults = server.faults();
  if (faults.length > 0) return faults;
  const { pids, descriptors, memory } = server;
  const wrong: string[] = [];
  if (String(pids) !== String(before.pids)) wrong.push(`processes ${pids}, before ${before.pids}`);
  if (descriptors > before.descriptors + DESCRIPTOR_SLACK) {
    wrong.push(`${descriptors} open descriptors, before ${before.descriptors}`);
  }
  if (memory > before.memory * MEMORY_FACTOR + MEMORY_SLACK * pids.length) {
    wrong.push(`${Math.round(memory)} MB, before ${Math.round(before.memory)} MB`);
  }
  for (const [name, most] of Object.entries(GAUGES)) {
    const value = await server.gauge(name).catch(() => Number.NaN);
    if (!(value <= most)) wrong.push(`${name} is ${value}, not ${most} or fewer`);
  }
  return wrong;
}

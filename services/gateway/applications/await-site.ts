import { readFileSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import type { Program } from "./application.ts";
import type { Namespace } from "./import-module.ts";
import type { OwnServers } from "./own-servers.ts";

export interface Waiting {
  readonly servers: OwnServers;
  /** Nothing is left that could make the application listen. */
  readonly idle: Promise<void>;
  readonly bootTimeout: number;
}

/** Of --boot-timeout: the rest is for the probe, and for saying why. */
const SHARE = 0.9;
/** Milliseconds for a module that goes on after it has listened on PORT: a loop at its top level. */
const AFTER_LISTEN = 1000;
/** Milliseconds for a second server, on PORT, beside one that listens elsewhere. */
const FOR_SECOND = 3000;
/** Milliseconds for an export whose module listens somewhere in its text, and for any listener. */
const FOR_LISTEN = 10_000;
const FOR_ANY = 1000;

/**
 * The module's exports; undefined where a `await` at its top level does not end, although nothing is
 * left to wait for or the module serves already.
 */
export function loaded(
  importing: Promise<Namespace>,
  waiting: Waiting,
): Promise<Namespace | undefined> {
  const { servers, idle } = waiting;
  const goesOn = servers.found.then(() => pause(AFTER_LISTEN, undefined, { ref: false }));
  return Promise.race([importing, goesOn, idle]).then((namespace) => namespace ?? undefined);
}

/**
 * Waits for what may be the site: until a server listens on PORT, or nothing is left that could make
 * one listen. What waits without end, such as a pool of database connections, looks the same as what
 * comes soon; so how long it waits depends on what there is, and on what the file of the module says.
 */
export async function decided(
  { servers, idle, bootTimeout }: Waiting,
  file: string,
  exported: Program | undefined,
): Promise<void> {
  const source = readFileSync(file, "utf8");
  const longest = bootTimeout * SHARE;
  for (let heard = true; heard; ) {
    const over = new AbortController();
    // --boot-timeout counts from the start of the process, as this clock does.
    const rest = Math.max(0, longest - performance.now());
    const timeout = Math.min(rest, timeoutFor(servers, source, exported));
    heard = await Promise.race([
      servers.found.then(() => false),
      idle.then(() => false),
      servers.next().then(() => true),
      pause(timeout, false, { ref: false, signal: over.signal }),
    ]);
    over.abort();
  }
}

function timeoutFor(servers: OwnServers, source: string, exported: Program | undefined): number {
  const takesPort = source.includes("process.env") && /\bPORT\b/.test(source);
  if (servers.any) return takesPort ? Number.POSITIVE_INFINITY : FOR_SECOND;
  if (exported === undefined) return servers.taken ? FOR_SECOND : Number.POSITIVE_INFINITY;
  if (/\b(?:listen|serve)\s*\(/.test(source)) return FOR_LISTEN;
  return exported.server === undefined ? 0 : FOR_ANY;
}

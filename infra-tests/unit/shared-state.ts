import { setTimeout as delay } from "node:timers/promises";

/** How long sockets may take to end after a file's last test, in ms. */
const CLOSING_TIME = 30_000;

/** What all files of a process share: each part of it by its name. */
export interface SharedState {
  readonly values: ReadonlyMap<string, unknown>;
  /** What keeps the process from ending: how many of each kind. Not timers: the edge has some that end late. */
  readonly open: ReadonlyMap<string, number>;
}

export function sharedState(): SharedState {
  const kinds = process.getActiveResourcesInfo().filter((kind) => kind !== "Timeout");
  const open = Map.groupBy(kinds, (kind) => kind);
  return {
    values: new Map<string, unknown>([
      ...Object.entries(process.env).map(
        ([name, value]) => [`process.env.${name}`, value] as const,
      ),
      ...process.eventNames().map((name) => {
        return [`the listeners of ${String(name)}`, process.listenerCount(name)] as const;
      }),
      ["the working directory", process.cwd()],
      ["the exit code", process.exitCode],
    ]),
    open: new Map([...open].map(([kind, all]) => [kind, all.length])),
  };
}

/**
 * Waits until what a file opened is closed.
 * @throws Error if the next file would find another process than this one did
 */
export async function expectUnchanged(before: SharedState): Promise<void> {
  const deadline = performance.now() + CLOSING_TIME;
  while (leftOpen(before).length > 0 && performance.now() < deadline) await delay(5);
  const now = sharedState().values;
  const names = new Set([...before.values.keys(), ...now.keys()]);
  const faults = [
    ...[...names]
      .filter((name) => now.get(name) !== before.values.get(name))
      .map((name) => `changes ${name}`),
    ...leftOpen(before).map((kind) => `leaves a ${kind} open`),
  ];
  if (faults.length === 0) return;
  throw new Error(
    `this file ${faults.join(", ")}, and the files after it share its process: ` +
      "undo that after its tests, or name the file x.alone.test.ts",
  );
}

/** Kinds of what is open now and was not. */
function leftOpen({ open }: SharedState): string[] {
  const now = sharedState().open;
  return [...now].filter(([kind, count]) => count > (open.get(kind) ?? 0)).map(([kind]) => kind);
}

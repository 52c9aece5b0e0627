/** The parts of a Docker installation that the stack needs, and the oldest version of each. */
export const MINIMUMS = {
  engine: { name: "Docker engine", least: "25.0", why: "health checks with start_interval" },
  compose: { name: "Docker Compose", least: "2.24", why: "env_file in its long form" },
  buildx: { name: "Docker buildx", least: "0.12", why: "builds as Compose 2.24 asks for them" },
} as const;

export type Part = keyof typeof MINIMUMS;

/** All parts, in the order in which their faults are told. */
export const PARTS = ["engine", "compose", "buildx"] as const satisfies readonly Part[];

/**
 * Whether a version ("26.1.5+dfsg1", "v2.24.0", "0.13.1-desktop.1") is lower than another. A
 * version without a number, as a build from source has, counts as new enough.
 */
export function isOlder(version: string, least: string): boolean {
  const have = numbers(version);
  const want = numbers(least);
  if (have.length === 0) return false;
  for (const [index, wanted] of want.entries()) {
    const number = have[index] ?? 0;
    if (number !== wanted) return number < wanted;
  }
  return false;
}

function numbers(version: string): number[] {
  const match = /^v?(\d+(?:\.\d+)*)/.exec(version.trim());
  return match?.[1]?.split(".").map(Number) ?? [];
}

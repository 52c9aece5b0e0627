/** How many backups of each kind stay: the newest ones, and the newest of each day, week and month. */
export interface Rule {
  readonly last: number;
  readonly daily: number;
  readonly weekly: number;
  readonly monthly: number;
}

const KINDS = ["last", "daily", "weekly", "monthly"] as const;

const DAY = 86_400_000;

/** Reads "last=3,daily=7", or "all"; undefined if it is neither. A rule keeps at least one backup. */
export function parseRule(word: string): Rule | "all" | undefined {
  if (word === "all") return "all";
  const rule = { last: 0, daily: 0, weekly: 0, monthly: 0 };
  for (const part of word.split(",")) {
    const [name, count = ""] = part.trim().split("=");
    const kind = KINDS.find((each) => each === name);
    if (kind === undefined || !/^\d{1,4}$/.test(count)) return undefined;
    rule[kind] = Number(count);
  }
  return KINDS.some((kind) => rule[kind] > 0) ? rule : undefined;
}

/**
 * The backups that a rule does not keep. Of each day, week (from Monday) and month in UTC that has any, the
 * newest counts. The newest of all always stays.
 * @param backups in any order
 */
export function surplus<Backup extends { readonly at: Date }>(
  backups: readonly Backup[],
  rule: Rule | "all",
): Backup[] {
  if (rule === "all") return [];
  const newestFirst = backups.toSorted((a, b) => b.at.getTime() - a.at.getTime());
  const kept = new Set<Backup>(newestFirst.slice(0, Math.max(1, rule.last)));
  const periods: readonly (readonly [number, (at: Date) => string | number])[] = [
    [rule.daily, (at) => at.toISOString().slice(0, 10)],
    // 1 January 1970 was a Thursday.
    [rule.weekly, (at) => Math.floor((at.getTime() / DAY + 3) / 7)],
    [rule.monthly, (at) => at.toISOString().slice(0, 7)],
  ];
  for (const [count, periodOf] of periods) {
    const newest = new Map<string | number, Backup>();
    for (const backup of newestFirst) {
      const period = periodOf(backup.at);
      if (!newest.has(period)) newest.set(period, backup);
    }
    for (const backup of [...newest.values()].slice(0, count)) kept.add(backup);
  }
  return newestFirst.filter((backup) => !kept.has(backup));
}

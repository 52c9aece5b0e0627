import type { Accounted, Fate } from "./compose/fates.ts";

const LONGEST = 40;

/** The page that says of every key of compose.yaml what became of it. */
export function reportOf(accounted: readonly Accounted[]): string {
  const count = (as: string) => accounted.filter(({ fate }) => fate.as === as).length;
  const sections = new Map<string, Accounted[]>();
  for (const each of accounted) {
    const [section = "", name = ""] = each.path.split(".");
    const title = section === "services" ? `The service ${name}` : `All ${section}`;
    sections.set(title, [...(sections.get(title) ?? []), each]);
  }
  return [
    "# What becomes of each key of compose.yaml in Kubernetes",
    "",
    "Made by `make kubernetes` from [fates.ts](compose/fates.ts); a test keeps it current, and fails for a key that is not",
    `here. ${count("kept")} keys are kept, ${count("changed")} are changed, ${count("not needed")} are not needed there.`,
    ...[...sections].flatMap(([title, rows]) => [
      "",
      `## ${title}`,
      "",
      "| key | | in Kubernetes |",
      "|---|---|---|",
      ...[...byFate(rows)].map(
        ([fate, keys]) => `| ${keys.join(", ")} | ${fate.as} | ${fate.where} |`,
      ),
    ]),
    "",
  ].join("\n");
}

/** Keys with one fate are one row, with their values where these are short. */
function byFate(rows: readonly Accounted[]): Map<Fate, string[]> {
  const keys = new Map<Fate, string[]>();
  for (const { path, value, fate } of rows) {
    const key = path
      .split(".")
      .slice(path.startsWith("services.") ? 2 : 1)
      .join(".");
    const shown =
      value !== "" && value.length <= LONGEST ? ` = ${value.replaceAll("|", "\\|")}` : "";
    keys.set(fate, [...(keys.get(fate) ?? []), `\`${key}${shown}\``]);
  }
  return keys;
}

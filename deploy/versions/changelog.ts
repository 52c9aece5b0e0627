import { Problem } from "../problem.ts";

const UNRELEASED = "## Unreleased";
/** The part of a version that its user must read. */
export const TO_DO = "### What you have to do";

/** The changelog with a version, and what it says of that version. */
export interface Released {
  readonly changelog: string;
  readonly notes: string;
}

/**
 * Makes what is unreleased a version of the changelog. The notes of the version begin with what its users have to do.
 * @param date as it is to stand there
 * @throws Problem if nothing is unreleased, or if it does not say what its users have to do
 */
export function released(changelog: string, version: string, date: string): Released {
  const [before = "", rest] = split(changelog, `${UNRELEASED}\n`);
  if (rest === undefined) throw new Problem(`CHANGELOG.md has no "${UNRELEASED}"`);
  const end = rest.indexOf("\n## ");
  const section = (end === -1 ? rest : rest.slice(0, end)).trim();
  const later = end === -1 ? "" : rest.slice(end + 1);
  if (section === "") throw new Problem("CHANGELOG.md: nothing is unreleased");
  const parts = withoutTwins(section.split(/^(?=### )/m));
  const toDo = parts.find((part) => part.startsWith(`${TO_DO}\n`));
  if (toDo === undefined || toDo.trim() === TO_DO) {
    throw new Problem(
      `CHANGELOG.md: "${UNRELEASED}" needs a part "${TO_DO}": what a user of the version before does, ` +
        'or "Nothing."',
    );
  }
  const ordered = [toDo, ...parts.filter((part) => part !== toDo)];
  const notes = `${ordered.map((part) => part.trim()).join("\n\n")}\n`;
  return {
    changelog: `${before}${UNRELEASED}\n\n## ${version} (${date})\n\n${notes}${later === "" ? "" : `\n${later}`}`,
    notes,
  };
}

/** Several parts with one heading as one part: two who write beside each other may each have begun one. */
function withoutTwins(parts: readonly string[]): string[] {
  const headingOf = (part: string): string =>
    part.startsWith("### ") ? (part.split("\n")[0] ?? "") : "";
  return [...Map.groupBy(parts, headingOf)].map(([heading, [first = "", ...more]]) =>
    [first.trim(), ...more.map((part) => part.slice(heading.length).trim())].join("\n\n"),
  );
}

function split(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at === -1 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

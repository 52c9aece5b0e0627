/** A version as SemVer writes it: three numbers, and what comes before their release. */
const VERSION =
  /^(?<numbers>(?:0|[1-9]\d*)(?:\.(?:0|[1-9]\d*)){2})(?:-(?<before>[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?$/;

export function isVersion(text: string): boolean {
  const { before = "" } = VERSION.exec(text)?.groups ?? {};
  // A number alone may not begin with 0 there (SemVer, rule 9).
  return VERSION.test(text) && !before.split(".").some((each) => /^0\d+$/.test(each));
}

/** Whether it comes before a release, as 1.0.0-rc.1 does. */
export const isPreRelease = (version: string): boolean => version.includes("-");

/** The version of packages that are built of a state after a version, with the hash of their content. */
export const versionOfContent = (version: string, digits: string): string =>
  `${version}${isPreRelease(version) ? "." : "-"}h${digits}`;

/** The version that packages were built after: 1.0.0-rc.1 of 1.0.0-rc.1.h0123456789. */
export const versionBefore = (version: string): string => version.replace(/[-.]h[0-9a-f]+$/, "");

/** Below 0 if one version comes before another, by SemVer's rule 11. @param one,other as `isVersion` allows */
export function compareVersions(one: string, other: string): number {
  const [a, b] = [partsOf(one), partsOf(other)];
  const numbers = compareLists(a.numbers, b.numbers);
  if (numbers !== 0) return numbers;
  // What comes before a release is less than the release.
  if (a.before.length === 0 || b.before.length === 0) return b.before.length - a.before.length;
  return compareLists(a.before, b.before);
}

function partsOf(version: string): { numbers: string[]; before: string[] } {
  const { numbers = "", before } = VERSION.exec(version)?.groups ?? {};
  return { numbers: numbers.split("."), before: before === undefined ? [] : before.split(".") };
}

function compareLists(one: readonly string[], other: readonly string[]): number {
  for (const [at, word] of one.entries()) {
    const against = other[at];
    if (against === undefined) return 1;
    const difference = compareWords(word, against);
    if (difference !== 0) return difference;
  }
  return one.length - other.length;
}

/** Numbers by their value and before words, words by their letters. */
function compareWords(one: string, other: string): number {
  const [a, b] = [/^\d+$/.test(one), /^\d+$/.test(other)];
  if (a && b) return Number(one) - Number(other);
  if (a !== b) return a ? -1 : 1;
  return one === other ? 0 : one < other ? -1 : 1;
}

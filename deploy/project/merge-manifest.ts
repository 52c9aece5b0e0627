import { Problem } from "../problem.ts";

type Value = unknown;
type Table = Readonly<Record<string, Value>>;

/** A merged package.json, and what could not be merged, in words. */
export interface MergedManifest {
  readonly text: string;
  readonly conflicts: readonly string[];
}

/**
 * Merges a package.json by key: lines of JSON that are next to each other would conflict without reason, and a
 * conflict would leave a file that npm cannot read. Where both have changed a value, yours stays and is named.
 * @param path of the file, for the message
 * @param base the text of the version that yours comes from
 * @throws Problem if yours is none
 */
export function mergeManifests(
  path: string,
  base: string,
  yours: string,
  theirs: string,
): MergedManifest {
  const conflicts: string[] = [];
  const merged = mergeTables(
    JSON.parse(base),
    tableIn(path, yours),
    JSON.parse(theirs),
    [],
    conflicts,
  );
  return { text: `${JSON.stringify(merged, undefined, 2)}\n`, conflicts };
}

function tableIn(path: string, text: string): Table {
  let why = "has no { } around it";
  try {
    const value: Value = JSON.parse(text);
    if (isTable(value)) return value;
  } catch (error) {
    why = `cannot be read (${(error as Error).message.replaceAll(/\s+/g, " ")})`;
  }
  throw new Problem(`${path} ${why}: correct it, and run make update again`);
}

function mergeTables(
  base: Table,
  yours: Table,
  theirs: Table,
  path: readonly string[],
  conflicts: string[],
): Table {
  const merged: Record<string, Value> = {};
  // In your order; what is new comes last.
  for (const key of new Set([...Object.keys(yours), ...Object.keys(theirs)])) {
    const value = mergeValues(base[key], yours[key], theirs[key], [...path, key], conflicts);
    if (value !== undefined) merged[key] = value;
  }
  return merged;
}

function mergeValues(
  base: Value,
  yours: Value,
  theirs: Value,
  path: readonly string[],
  conflicts: string[],
): Value {
  // Our packages are those in vendor/, which are replaced.
  if (path.at(-1)?.startsWith("@gatehouse/")) return theirs;
  if (same(base, theirs)) return yours;
  if (same(base, yours) || same(yours, theirs)) return theirs;
  if (isTable(yours) && isTable(theirs)) {
    return mergeTables(isTable(base) ? base : {}, yours, theirs, path, conflicts);
  }
  conflicts.push(
    `${path.join(" > ")}: yours (${shown(yours)}) stays, the template has ${shown(theirs)}`,
  );
  return yours;
}

const same = (one: Value, other: Value): boolean => JSON.stringify(one) === JSON.stringify(other);
const shown = (value: Value): string => (value === undefined ? "none" : JSON.stringify(value));

function isTable(value: Value): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

import { type Statement, statementsOf } from "./statements.ts";

/** What a migration does that the release that runs could not live with. */
export interface Break {
  readonly line: number;
  readonly why: string;
}

interface Rule {
  /** The words that a statement begins with: one of these. */
  readonly begins: readonly string[];
  /** Words that are all in it. */
  readonly all?: readonly string[];
  /** Words of which one is in it. */
  readonly any?: readonly string[];
  /** If one of these is in it too, it is harmless. */
  readonly none?: readonly string[];
  readonly why: string;
}

const READS = "the release that runs may still read it";
const INSERTS = "the release that runs inserts rows without it";
const REWRITES = "it rewrites the table, and blocks all reads and writes meanwhile";

const ALTER = ["alter table"];
const SERIAL = ["serial", "bigserial", "smallserial"];
/** Functions with another value in each row. */
const EACH_ROW = ["random", "gen_random_uuid", "uuidv4", "uuidv7", "clock_timestamp", "nextval"];

/** Each is applied to one action: `alter table t` with one of its parts between commas. */
const RULES: readonly Rule[] = [
  { begins: ["drop table", "drop view", "drop materialized view", "drop schema"], why: READS },
  { begins: ["drop type", "drop function", "drop procedure", "truncate"], why: READS },
  {
    begins: ALTER,
    all: ["drop"],
    none: ["drop constraint", "drop default", "drop not null", "drop identity", "drop expression"],
    why: READS,
  },
  { begins: ["alter"], any: ["rename to", "rename column", "rename", "set schema"], why: READS },
  { begins: ALTER, all: ["set not null"], why: INSERTS },
  { begins: ALTER, all: ["add"], any: [...SERIAL, "stored"], why: REWRITES },
  { begins: ALTER, all: ["add", "default"], any: EACH_ROW, why: REWRITES },
  { begins: ALTER, all: ["add", "not null"], none: ["default", "generated"], why: INSERTS },
  { begins: ALTER, all: ["alter", "type"], why: REWRITES },
  { begins: ["vacuum full", "cluster"], why: REWRITES },
];

function applies({ begins, all = [], any, none = [] }: Rule, action: string): boolean {
  // Each word between blanks. The search begins behind the first: `alter` is one there too.
  const words = ` ${action.replaceAll(/[(),]/g, " ")} `;
  const has = (phrase: string): boolean => words.includes(` ${phrase} `, 1);
  return (
    begins.some((phrase) => words.startsWith(` ${phrase} `)) &&
    all.every(has) &&
    (any === undefined || any.some(has)) &&
    !none.some(has)
  );
}

/**
 * What in an SQL migration the release that runs could not live with. Tables that the same text creates are
 * unknown to it, and may be changed as they like.
 */
export function breaksIn(sql: string): Break[] {
  const statements = statementsOf(sql);
  const created = new Set(statements.flatMap(({ text }) => tableIn(text, "create table") ?? []));
  return statements.flatMap((statement) => {
    const table = tableIn(statement.text, "alter table");
    if (table !== undefined && created.has(table)) return [];
    return actionsOf(statement).flatMap((action) => {
      const rule = RULES.find((each) => applies(each, action));
      return rule === undefined ? [] : [{ line: statement.line, why: `${action}: ${rule.why}` }];
    });
  });
}

/** The table that a statement of a kind is about. */
function tableIn(text: string, kind: string): string | undefined {
  if (!text.startsWith(`${kind} `)) return undefined;
  const words = text.slice(kind.length + 1).split(" ");
  const rest = words.filter((word) => !["if", "not", "exists", "only"].includes(word));
  return rest[0]
    ?.split("(")[0]
    ?.replaceAll('"', "")
    .replace(/^public\./, "");
}

/** The parts of a statement that stand between commas, each with the name of the table before it. */
function actionsOf({ text }: Statement): string[] {
  if (!text.startsWith("alter table ")) return [text];
  const parts: string[] = [];
  let [depth, part] = [0, ""];
  for (const character of text) {
    if (character === "(") depth += 1;
    if (character === ")") depth -= 1;
    if (character === "," && depth === 0) {
      parts.push(part.trim());
      part = "";
    } else part += character;
  }
  parts.push(part.trim());
  const [first = "", ...others] = parts;
  const head = /^alter table (if exists )?(only )?\S+/.exec(first)?.[0] ?? "alter table";
  return [first, ...others.map((each) => `${head} ${each}`)];
}

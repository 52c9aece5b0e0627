/** One statement of an SQL text, for the search of words in it. */
export interface Statement {
  /** From 1: the line of its first word. */
  readonly line: number;
  /** In lower case, with single blanks; comments are gone, and a text in quotes is ''. */
  readonly text: string;
}

/** Splits an SQL text into statements. */
export function statementsOf(sql: string): Statement[] {
  const statements: Statement[] = [];
  let [text, line, start] = ["", 1, 1];
  const end = (): void => {
    const words = text.trim().replaceAll(/\s/g, " ").split(" ").filter(Boolean);
    if (words.length > 0) statements.push({ line: start, text: words.join(" ").toLowerCase() });
    text = "";
  };
  for (let at = 0; at < sql.length; ) {
    const [length, kept] = pieceAt(sql, at);
    const piece = sql.slice(at, at + length);
    if (text.trim() === "" && kept.trim() !== "") start = line;
    if (kept === ";") end();
    else text += kept;
    line += piece.split("\n").length - 1;
    at += length;
  }
  end();
  return statements;
}

/** A character that may be in a name without quotes. After one, a quote or a dollar begins nothing of its own. */
const NAME = /[\w$\u0080-\uffff]/;

/** The length of what begins at a position, and what of it counts. */
function pieceAt(sql: string, at: number): [length: number, kept: string] {
  const until = (close: string, from: number): number => {
    const found = sql.indexOf(close, from);
    return (found === -1 ? sql.length : found + close.length) - at;
  };
  if (sql.startsWith("--", at)) return [until("\n", at), " "];
  if (sql.startsWith("/*", at)) return [commentEnd(sql, at) - at, " "];
  if (sql[at] === "'") return [until("'", at + 1), "''"];
  if (sql[at] === '"') {
    const length = until('"', at + 1);
    // One word, whatever is in it.
    return [length, sql.slice(at, at + length).replaceAll(/[^\w"\u0080-\uffff]/g, "_")];
  }
  if (NAME.test(sql[at - 1] ?? "")) return [1, sql[at] ?? ""];
  if (/^e'/i.test(sql.slice(at, at + 2))) return [escapesEnd(sql, at + 2) - at, "''"];
  // A dollar quote: $$ or $body$.
  const tag =
    sql[at] === "$"
      ? /^\$(?:[a-z_\u0080-\uffff][\w\u0080-\uffff]{0,62})?\$/i.exec(sql.slice(at, at + 65))?.[0]
      : undefined;
  if (tag !== undefined) return [until(tag, at + tag.length), "''"];
  return [1, sql[at] ?? ""];
}

/** The position behind a comment and those in it. */
function commentEnd(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length; at += 1) {
    const pair = sql.slice(at, at + 2);
    if (pair !== "/*" && pair !== "*/") continue;
    depth += pair === "/*" ? 1 : -1;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}

/** The position behind a text in which a backslash has the next character mean nothing. */
function escapesEnd(sql: string, start: number): number {
  for (let at = start; at < sql.length; at += 1) {
    if (sql[at] === "\\") at += 1;
    else if (sql[at] === "'") return at + 1;
  }
  return sql.length;
}

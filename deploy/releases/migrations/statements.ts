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

/** The length of what begins at a position, and what of it counts. */
function pieceAt(sql: string, at: number): [length: number, kept: string] {
  const until = (close: string, from: number): number => {
    const found = sql.indexOf(close, from);
    return (found === -1 ? sql.length : found + close.length) - at;
  };
  if (sql.startsWith("--", at)) return [until("\n", at), " "];
  if (sql.startsWith("/*", at)) return [until("*/", at + 2), " "];
  if (sql[at] === "'") return [until("'", at + 1), "''"];
  // A dollar quote: $$ or $body$.
  const tag =
    sql[at] === "$" ? /^\$[a-z_0-9]{0,63}\$/i.exec(sql.slice(at, at + 65))?.[0] : undefined;
  if (tag !== undefined) return [until(tag, at + tag.length), "''"];
  return [1, sql[at] ?? ""];
}

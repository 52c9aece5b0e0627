import { dirname, join } from "node:path/posix";
import { parse } from "@babel/parser";

/** A literal of a module's text that names another module by a relative path. */
interface Reference {
  /** Where the literal is, quotes included. */
  readonly start: number;
  readonly end: number;
  readonly quote: string;
  readonly value: string;
  /** The path of the module that it names, from the same root as the module's own. */
  readonly target: string;
}

interface Token {
  readonly type: { readonly label: string };
  readonly value?: unknown;
  readonly start: number;
  readonly end: number;
}

function tokensOf(text: string): Token[] {
  return (parse(text, { sourceType: "module", tokens: true }).tokens ?? []) as Token[];
}

/**
 * The modules that a compiled module names: what it imports, and the files that it has other processes load, as
 * `new URL("./b.ts", import.meta.url)` or `join(import.meta.dirname, "b.ts")`. The compiler leaves those.
 * @param path of the module, ending in .js
 * @param exists whether there is a compiled module with this path
 */
export function referencesOf(
  path: string,
  text: string,
  exists: (path: string) => boolean,
): Reference[] {
  const tokens = tokensOf(text);
  return tokens.flatMap((token, at) => {
    const { type, value, start, end } = token;
    if (type.label !== "string" || typeof value !== "string" || !/\.[tj]s$/.test(value)) return [];
    if (!/^\.{1,2}\//.test(value) && !besideModule(text, tokens, at)) return [];
    const target = join(dirname(path), value.replace(/\.ts$/, ".js"));
    const quote = text[start] ?? '"';
    return exists(target) ? [{ start, end, quote, value, target }] : [];
  });
}

/** Whether a literal stands in a call beside `import.meta.dirname` or `.url`, each of which is five tokens. */
function besideModule(text: string, tokens: readonly Token[], at: number): boolean {
  const { start, end } = tokens[at] ?? { start: 0, end: 0 };
  const before = text.slice(tokens[at - 6]?.start ?? 0, start);
  const after = text.slice(end, tokens[at + 6]?.end);
  return (
    /^import\.meta\.(dirname|url),\s*$/.test(before) ||
    /^,\s*import\.meta\.(dirname|url)$/.test(after)
  );
}

/** The text of a compiled module, in which every name of a compiled module ends in .js. */
export function withCompiledNames(
  path: string,
  text: string,
  exists: (path: string) => boolean,
): string {
  let [done, at] = ["", 0];
  for (const { start, end, quote, value } of referencesOf(path, text, exists)) {
    done += `${text.slice(at, start)}${quote}${value.replace(/\.ts$/, ".js")}${quote}`;
    at = end;
  }
  return done + text.slice(at);
}

/** Names of modules in declarations: `from "./b.ts"`, `import("./b.ts")`. */
const DECLARED =
  /(?<before>\b(?:from|import) ?\(?)(?<quote>["'])(?<name>\.{1,2}\/[^"']*)\.ts\k<quote>/g;

/** The same of declarations. */
export function withDeclaredNames(text: string): string {
  return text.replaceAll(DECLARED, "$<before>$<quote>$<name>.js$<quote>");
}

/** The modules that declarations name, ending in .js. */
export function declaredBy(path: string, text: string): string[] {
  return Array.from(text.matchAll(DECLARED), ({ groups }) =>
    join(dirname(path), `${groups?.name}.js`),
  );
}

/** The packages, Node's own aside, that a compiled module imports by a literal name. */
export function packagesOf(text: string): string[] {
  const tokens = tokensOf(text);
  const imported = tokens.flatMap(({ type, value }, at) => {
    if (type.label !== "string" || typeof value !== "string") return [];
    const before = tokens
      .slice(Math.max(0, at - 2), at)
      .map((each) => each.value ?? each.type.label);
    return /(^|,)from$|(^|,)import$|^import,\($/.test(before.join()) ? [value] : [];
  });
  return imported
    .filter((name) => !/^(node:|\.{1,2}\/)/.test(name))
    .map((name) => name.split("/", name.startsWith("@") ? 2 : 1).join("/"));
}

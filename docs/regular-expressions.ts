import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { parse } from "@babel/parser";
import { check } from "recheck";

/** Code whose expressions are checked together. */
export interface Area {
  /** Globs of what runs, or is sent to browsers. */
  readonly code: readonly string[];
  /** Where the expressions lie that were found to be linear, so that each is analysed once. */
  readonly linear: string;
}

/** In milliseconds. With recheck's own, 1 to 10 s, a verdict depends on how busy the machine is. */
const LIMIT = 120_000;
const LIMITS = { timeout: LIMIT, attackTimeout: LIMIT, incubationTimeout: LIMIT };

/** Not tests, and not tools that only developers run; an application has an area of its own. */
export const OURS: Area = {
  code: ["{services/web,services/gateway,services/jobs,packages,deploy}/**/*.ts"],
  linear: `${import.meta.dirname}/regular-expressions.json`,
};

/** A regular expression of the source. */
export interface Expression {
  /** The first file and line that have it. */
  readonly at: string;
  /** As in the source: `/a+/u`, or `new RegExp(...)` with its argument if that is not a literal. */
  readonly text: string;
  /** Undefined if the pattern is made at run time. */
  readonly pattern: { readonly source: string; readonly flags: string } | undefined;
}

/** How long a search can take for a text of n characters: "linear", "polynomial" or "exponential". */
export type Verdict = "linear" | "polynomial" | "exponential" | "unknown";

const root = dirname(import.meta.dirname);
const NOT_PRODUCTION =
  /\.(test|process|measure)\.ts$|\/(testing|corpus|bench|stories|node_modules)(\/|$)/;

/** Reads every regular expression of an area. */
export function readExpressions({ code }: Area): Expression[] {
  const files = globSync([...code], { cwd: root, exclude: (name) => NOT_PRODUCTION.test(name) });
  const all = files
    .filter((file) => !NOT_PRODUCTION.test(file))
    .sort()
    .flatMap((file) => expressionsOf(file, readFileSync(`${root}/${file}`, "utf8")));
  const firsts = new Map(all.toReversed().map((each) => [each.text, each]));
  return [...firsts.values()].toReversed();
}

/** Finds the literals, and `RegExp(...)` with and without `new`, by the syntax tree. */
export function expressionsOf(file: string, source: string): Expression[] {
  const found: Expression[] = [];
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) for (const each of node) visit(each);
    if (!isNode(node)) return;
    const expression = expressionOf(node, source);
    if (expression) found.push({ at: `${file}:${node.loc.start.line}`, ...expression });
    for (const [key, value] of Object.entries(node)) if (key !== "loc") visit(value);
  };
  visit(parse(source, { sourceType: "module", plugins: ["typescript"] }).program);
  return found;
}

/**
 * Analyses one expression.
 * @returns the verdict and, if it is polynomial or exponential, a text that is slow
 */
export async function verdictOf({ pattern }: Expression): Promise<[Verdict, string]> {
  if (pattern === undefined) return ["unknown", ""];
  const result = await check(pattern.source, pattern.flags, LIMITS);
  if (result.status === "safe") return ["linear", ""];
  if (result.status === "vulnerable") return [result.complexity.type, result.attack.pattern];
  return ["unknown", ""];
}

/** The list of the linear expressions, as JSON. What it has already is not analysed again. */
export async function linearExpressions(area: Area): Promise<string> {
  const known = knownOf(area);
  const linear: string[] = [];
  for (const expression of readExpressions(area)) {
    const { text } = expression;
    if (known.has(text) || (await verdictOf(expression))[0] === "linear") linear.push(text);
  }
  return `${JSON.stringify(linear.sort(), undefined, 2)}\n`;
}

/** What is wrong with the expressions of an area, and what to do about it; nothing if all are linear. */
export async function faultsOf(area: Area, exempt: ReadonlyMap<string, string>): Promise<string[]> {
  const known = knownOf(area);
  const faults: string[] = [];
  const all = readExpressions(area);
  for (const expression of all) {
    const { at, text } = expression;
    if (known.has(text) || exempt.has(text)) continue;
    const [verdict, attack] = await verdictOf(expression);
    faults.push(
      verdict === "linear"
        ? `${at}: ${text} is new and linear: run npm run docs`
        : `${at}: ${text} is ${verdict} (${attack}): rewrite it, or exempt it with the reason why it never meets a text that others choose`,
    );
  }
  const present = new Set(all.map(({ text }) => text));
  for (const gone of [...known, ...exempt.keys()].filter((text) => !present.has(text))) {
    faults.push(`${gone} is in no file any more: run npm run docs, or remove its exemption`);
  }
  return faults;
}

const knownOf = ({ linear }: Area): ReadonlySet<string> =>
  new Set(existsSync(linear) ? JSON.parse(readFileSync(linear, "utf8")) : []);

interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly loc: { readonly start: { readonly line: number } };
  readonly pattern?: string;
  readonly flags?: string;
  readonly callee?: { readonly type?: string; readonly name?: string };
  readonly arguments?: readonly { readonly type: string; readonly value?: unknown }[];
}

function isNode(value: unknown): value is SyntaxNode {
  return typeof value === "object" && value !== null && "type" in value && "start" in value;
}

function expressionOf(node: SyntaxNode, source: string): Omit<Expression, "at"> | undefined {
  const { type, pattern = "", flags = "", callee, start, end } = node;
  const text = source.slice(start, end);
  if (type === "RegExpLiteral") return { text, pattern: { source: pattern, flags } };
  if (type !== "NewExpression" && type !== "CallExpression") return undefined;
  if (callee?.name !== "RegExp") return undefined;
  const [first, second] = node.arguments ?? [];
  if (first?.type === "RegExpLiteral") return undefined;
  const isLiteral = first?.type === "StringLiteral" && typeof first.value === "string";
  if (!isLiteral) return { text, pattern: undefined };
  const given = typeof second?.value === "string" ? second.value : "";
  return { text, pattern: { source: String(first.value), flags: given } };
}

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { PANELS } from "./panels.ts";

const RULES = join(import.meta.dirname, "prometheus/rules");

/** A rule of Prometheus: `record` names what it computes, `alert` what it reports. */
export interface Rule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** All rules of prometheus/rules/. */
export function readRules(): Rule[] {
  return readdirSync(RULES).flatMap((file) => {
    const { groups } = parse(readFileSync(join(RULES, file), "utf8"));
    return groups.flatMap(({ rules }: { rules: Rule[] }) => rules);
  });
}

/** Every PromQL expression of rules, alerts and panels, with where it is. */
export function expressions(): { readonly where: string; readonly text: string }[] {
  const rules = readRules().map(({ record, alert, expr }) => ({
    where: `the rule ${record ?? alert}`,
    text: expr,
  }));
  const panels = PANELS.flatMap(({ title, lines }) =>
    lines.map(({ query, name }) => {
      // The labels of a line's name are used like those of "by".
      const labels = [...name.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label);
      const text = labels.length === 0 ? query : `${query} by (${labels.join(", ")})`;
      return { where: `the panel ${title}`, text };
    }),
  );
  return [...rules, ...panels];
}

export interface Matcher {
  readonly label: string;
  /** The values that it names; of a regular expression, its alternatives. */
  readonly values: readonly string[];
}

export interface Selector {
  readonly metric: string;
  readonly matchers: readonly Matcher[];
}

/** The metrics that an expression selects: ours, what the rules record, and Prometheus' own. */
export function selectorsOf(expression: string): Selector[] {
  const words = [...expression.matchAll(/([\w:]+)(?:\{([^{}]*)\})?/g)];
  const metrics = words.filter(([, word = ""]) =>
    /^(web_|gateway_|jobs_|gatehouse:|up$|ALERTS$)/.test(word),
  );
  return metrics.map(([, metric = "", inside = ""]) => ({
    metric,
    matchers: [...inside.matchAll(/(?:^|[, ])(\w+)(?:=~|!~|!=|=)"([^"]*)"/g)].map(
      ([, label = "", value = ""]) => ({ label, values: value.split("|") }),
    ),
  }));
}

/** The labels by which an expression groups or matches. */
export function groupingsOf(expression: string): string[] {
  const lists = expression.matchAll(/\b(?:by|on|without|ignoring) ?\(([^()]*)\)/g);
  return [...lists]
    .flatMap(([, list = ""]) => list.split(",").map((label) => label.trim()))
    .filter(Boolean);
}

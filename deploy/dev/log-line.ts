import { styleText } from "node:util";
import { printable } from "../print.ts";

const COLORS = {
  postgres: "blue",
  migrate: "blue",
  static: "blue",
  seed: "blue",
  compiler: "green",
  gateway: "yellow",
  app: "green",
  jobs: "green",
  edge: "magenta",
  dev: "cyan",
} as const;

/** The program that printed a line. */
export type Source = keyof typeof COLORS;

const WIDTH = Math.max(...Object.keys(COLORS).map((name) => name.length));

/** Fields that the prefix shows already, or that no developer reads. */
const HIDDEN = ["level", "time", "tier", "message", "traceparent", "trace_id"];

/**
 * A line of a child in a form for developers, after the name of its tier. JSON log lines become plain
 * text; other lines stay as they are, but what would move the cursor of the terminal is escaped. Colours only if standard output shows them.
 */
export function logLine(source: Source, line: string): string {
  const fields = parse(line);
  // The gateway's processes also print the lines of the application.
  const name = fields?.tier === "app" ? "app" : source;
  const prefix = styleText(COLORS[name], `${name.padEnd(WIDTH)} |`);
  if (fields === undefined) return `${prefix} ${printable(line)}`;
  const text = printable(fields.message === "access" ? access(fields) : message(fields));
  if (fields.level === "error") return `${prefix} ${styleText("red", text)}`;
  return `${prefix} ${text}`;
}

type Fields = Readonly<Record<string, unknown>>;

function parse(line: string): Fields | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function access({ method, target, status, duration_ms, request_id }: Fields): string {
  return `${method} ${target} ${status} ${duration_ms} ms  ${request_id}`;
}

/** The message and its other fields. The stack of an error keeps its lines. */
function message(fields: Fields): string {
  const others = Object.entries(fields)
    .filter(([name, value]) => !HIDDEN.includes(name) && value !== null && value !== undefined)
    .map(([name, value]) => (name === "error" ? `\n${value}` : `${name}=${plain(value)}`));
  return [fields.message, ...others].join(" ");
}

const plain = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

import { styleText } from "node:util";

const COLORS = {
  postgres: "blue",
  migrate: "blue",
  static: "blue",
  seed: "blue",
  gateway: "yellow",
  app: "green",
  edge: "magenta",
  dev: "cyan",
} as const;

/** Whose words a line is. */
export type Speaker = keyof typeof COLORS;

const WIDTH = Math.max(...Object.keys(COLORS).map((name) => name.length));

/** Known by every reader, or told by the prefix. */
const LEFT_OUT = ["level", "time", "tier", "message", "traceparent"];

/**
 * A line of a child as a developer reads it, behind the name of its tier: log lines lose their
 * JSON, everything else stays as it is. Colours only where the stream shows them.
 */
export function logLine(speaker: Speaker, line: string, stream = process.stdout): string {
  const fields = parse(line);
  // The gateway's processes write the lines of the application too.
  const who = fields?.tier === "app" ? "app" : speaker;
  const prefix = styleText(COLORS[who], `${who.padEnd(WIDTH)} |`, { stream });
  if (fields === undefined) return `${prefix} ${line}`;
  const text = fields.message === "access" ? access(fields) : told(fields);
  if (fields.level === "error") return `${prefix} ${styleText("red", text, { stream })}`;
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

/** The message and its fields; an error's stack keeps its lines. */
function told(fields: Fields): string {
  const others = Object.entries(fields)
    .filter(([name, value]) => !LEFT_OUT.includes(name) && value !== null && value !== undefined)
    .map(([name, value]) => (name === "error" ? `\n${value}` : `${name}=${word(value)}`));
  return [fields.message, ...others].join(" ");
}

const word = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));

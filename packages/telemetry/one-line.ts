import { inspect } from "node:util";

const LONGEST = 1000;

/**
 * What a value says, in one line of at most 1000 characters. It does not throw, whatever an application
 * throws: String() throws for an object without a prototype, JSON.stringify() for a BigInt or a circle.
 */
export function oneLine(value: unknown): string {
  const lines = textOf(value).split("\n");
  const text = lines.map((line) => line.trim()).join(" ");
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

/** The message of an error, and what another value says. */
export function reasonOf(error: unknown): string {
  try {
    const reason = error instanceof Error ? error.message : error;
    return typeof reason === "string" ? reason : oneLine(reason);
  } catch {
    // A getter or a proxy of the application has thrown.
    return oneLine(error);
  }
}

function textOf(value: unknown): string {
  try {
    if (typeof value === "string" || value instanceof Error) return String(value);
    return inspect(value, { breakLength: Number.POSITIVE_INFINITY });
  } catch {
    return `a value of type ${typeof value} that cannot be shown`;
  }
}

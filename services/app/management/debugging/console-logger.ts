import type { Logger } from "../../context.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Lines as a developer reads them; an error comes with its stack. */
export const consoleLogger: Logger = {
  info: write,
  warn: write,
  error: write,
};

function write(message: string, fields: Fields = {}): void {
  process.stdout.write(`${line(message, fields)}\n`);
}

function line(message: string, fields: Fields): string {
  if (message === "access") {
    const { method, target, status, duration_ms } = fields;
    return `${method} ${target} ${status} ${duration_ms} ms`;
  }
  const words = Object.entries(fields).map(([name, value]) =>
    value instanceof Error ? `\n${value.stack}` : `${name}=${value}`,
  );
  return [message, ...words].join(" ");
}

import type { Setting } from "./kinds.ts";

export type Rows = Readonly<Record<string, Setting<unknown>>>;

/** The settings of one service: the source of its variables, flags, checks and manual. */
export interface SettingsTable<Table extends Rows = Rows> {
  /** Of the variables: "WEB" gives WEB_HTTP_PORT. */
  readonly prefix: string;
  readonly rows: Table;
}

export type Values<Table> =
  Table extends SettingsTable<infer Own>
    ? { readonly [Name in keyof Own]: Own[Name] extends Setting<infer T> ? T : never }
    : never;

export const defineSettings = <const Own extends Rows>(prefix: string, rows: Own) => ({
  prefix,
  rows,
});

/** `httpPort` in the table WEB is the variable WEB_HTTP_PORT. */
export function variableOf(prefix: string, name: string, setting: Setting<unknown>): string {
  return setting.variable ?? `${prefix}_${name.replace(/[A-Z]/g, "_$&").toUpperCase()}`;
}

/** `httpPort` is the flag --http-port. */
export function flagOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The inverse of `Setting.read`. */
export function wordOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "on" : "off";
  return Array.isArray(value) ? value.join(",") : String(value);
}

import { readFileSync } from "node:fs";
import { flagOf, manualSection } from "@gatehouse/settings";
import { gatewaySettings } from "../services/gateway/settings.ts";
import type { Counterpart } from "./gunicorn/counterpart.ts";
import { hooks } from "./gunicorn/hooks.ts";
import { network } from "./gunicorn/network.ts";
import { processes } from "./gunicorn/processes.ts";

/** The path of the page. */
export const GATEWAY_PAGE = `${import.meta.dirname}/gateway.md`;

/** The part that is written by hand. */
const PROSE = `${import.meta.dirname}/gunicorn/prose.md`;

const STATIONS = `${import.meta.dirname}/../services/gateway/http/stations.ts`;

/** A station of a request through a worker. */
export interface Station {
  readonly name: string;
  /** Names of rows of the settings table. */
  readonly settings: readonly string[];
  readonly does: string;
}

/** The comments "Station: NAME (SETTINGS). TEXT" of stations.ts, in the order of its code. */
export function stations(): Station[] {
  const source = readFileSync(STATIONS, "utf8");
  const comments = source.matchAll(/^ *\/\/ Station: (.*(?:\n *\/\/ .*)*)/gm);
  return [...comments].map(([, lines = ""]) => {
    const text = lines.replaceAll(/\n *\/\/ /g, " ");
    const parts = /^([^(.]+?)(?: \(([^)]*)\))?\. (.+)$/.exec(text);
    if (parts === null) throw new Error(`stations.ts: "${text}"; write: NAME (SETTINGS). TEXT`);
    const [, name = "", settings, does = ""] = parts;
    return { name, settings: settings?.split(", ") ?? [], does };
  });
}

/** All of gunicorn's settings, with their counterparts. */
export const counterparts: readonly Counterpart[] = [...processes, ...hooks, ...network];

/** The manual of the gateway: prose, a request's stations, the settings, the way from gunicorn. */
export function gatewayPage(): string {
  const rows = counterparts.map((row) => `| \`${row.gunicorn}\` | ${ours(row)} | ${row.why} |`);
  return [
    readFileSync(PROSE, "utf8"),
    "## The stations of a request",
    "",
    "A request passes a worker in this order. The list is made from `services/gateway/http/stations.ts`,",
    "the code that runs it. An upgrade has its header fields rewritten and its rules checked by the same",
    "code; then the application takes the connection, whose access line is written at its close.",
    "",
    "| station | what happens | settings |",
    "| --- | --- | --- |",
    ...stations().map(({ name, does, settings }) => `| ${name} | ${does} | ${flags(settings)} |`),
    "",
    manualSection("Settings", gatewaySettings, { flags: true }),
    "## From gunicorn",
    "",
    `gunicorn 26 has ${counterparts.length} settings. This is what became of each.`,
    "",
    "| gunicorn | here | what differs, or why there is none |",
    "| --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function ours({ settings, hook, other }: Counterpart): string {
  const words = [flags(settings ?? []), hook ? `\`${hook}\`` : "", other ?? ""];
  return words.filter((word) => word !== "").join(", ") || "none";
}

function flags(settings: readonly string[]): string {
  return settings.map((name) => `\`--${flagOf(name)}\``).join(", ");
}

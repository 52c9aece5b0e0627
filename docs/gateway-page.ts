import { readFileSync } from "node:fs";
import { flagOf, manualSection } from "@gatehouse/settings";
import { gatewaySettings } from "../services/gateway/settings.ts";
import type { Counterpart } from "./gunicorn/counterpart.ts";
import { hooks } from "./gunicorn/hooks.ts";
import { network } from "./gunicorn/network.ts";
import { processes } from "./gunicorn/processes.ts";

/** Where the page lies. */
export const GATEWAY_PAGE = `${import.meta.dirname}/gateway.md`;

/** What is written by hand. */
const PROSE = `${import.meta.dirname}/gunicorn/prose.md`;

/** All of gunicorn's settings, with their counterparts. */
export const counterparts: readonly Counterpart[] = [...processes, ...hooks, ...network];

/** The manual of the gateway: prose, the settings table, and the way from gunicorn. */
export function gatewayPage(): string {
  const rows = counterparts.map((row) => `| \`${row.gunicorn}\` | ${ours(row)} | ${row.why} |`);
  return [
    readFileSync(PROSE, "utf8"),
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
  const flags = (settings ?? []).map((name) => `\`--${flagOf(name)}\``);
  const words = [...flags, ...(hook ? [`\`${hook}\``] : []), ...(other ? [other] : [])];
  return words.length === 0 ? "none" : words.join(", ");
}

import { manualSection } from "@gatehouse/settings";
import { type Area, linearExpressions } from "../../docs/regular-expressions.ts";
import { appSettings } from "./settings.ts";

const SETTINGS = `${import.meta.dirname}/settings.md`;

/** The code whose regular expressions are checked. */
export const AREA: Area = {
  code: ["services/app/**/*.ts", "services/app/static/*.js"],
  linear: `${import.meta.dirname}/regular-expressions.json`,
};

/** The pages that `npm run docs` writes, by their paths. */
export const pages = async (): Promise<ReadonlyMap<string, string>> =>
  new Map([
    [SETTINGS, settingsPage()],
    [AREA.linear, await linearExpressions(AREA)],
  ]);

const settingsPage = (): string =>
  [
    "# Settings of the sample application",
    "",
    "Made from `settings.ts` by `npm run docs`; a test keeps it current.",
    "",
    manualSection("The application", appSettings, { flags: true }),
  ].join("\n");

import { manualSection } from "@gatehouse/settings";
import { backupSettings } from "../deploy/backups/settings.ts";
import { observeSettings } from "../deploy/observe/settings.ts";
import { serverSettings } from "../deploy/servers/settings.ts";
import { deploySettings } from "../deploy/settings.ts";
import { gatewaySettings } from "../services/gateway/settings.ts";
import { jobsSettings } from "../services/jobs/settings.ts";
import { webSettings } from "../services/web/settings.ts";

/** Where the page lies. */
export const SETTINGS_PAGE = `${import.meta.dirname}/settings.md`;

/** The manual of the settings of stack, web server and gateway, made from the tables that the services themselves read. */
export function settingsPage(): string {
  return [
    "# Settings",
    "",
    "Made from the tables by `npm run docs`; a test keeps it current. Set a variable in `.env`, one of the",
    "application in `app.env`, and run `make up`: only the service that reads it is replaced. A value that is",
    "not allowed, or a name that no service knows, stops the start with one line; `make doctor` says so before.",
    "",
    manualSection("The stack (`deploy/settings.ts`)", deploySettings, { flags: false }),
    manualSection("The web server (`services/web/settings.ts`)", webSettings, { flags: true }),
    manualSection("The gateway (`services/gateway/settings.ts`)", gatewaySettings, {
      flags: true,
    }),
    manualSection("Backups, `make backup` (`deploy/backups/settings.ts`)", backupSettings, {
      flags: false,
    }),
    manualSection("Background jobs (`services/jobs/settings.ts`)", jobsSettings, { flags: true }),
    manualSection("Watching, `make observe` (`deploy/observe/settings.ts`)", observeSettings, {
      flags: false,
    }),
    manualSection(
      "Servers, `environments/NAME.env` (`deploy/servers/settings.ts`)",
      serverSettings,
      {
        flags: false,
      },
    ),
  ].join("\n");
}

import { writeFileSync } from "node:fs";
import { HTTP_RULES_PAGE, httpRulesPage } from "./http-rules-page.ts";
import { SETTINGS_PAGE, settingsPage } from "./settings-page.ts";

writeFileSync(SETTINGS_PAGE, settingsPage());
writeFileSync(HTTP_RULES_PAGE, httpRulesPage());

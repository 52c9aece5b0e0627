import { writeFileSync } from "node:fs";
import { CONTRACT_PAGE, contractPage } from "./contract-page.ts";
import { EDGE_PAGE, edgePage } from "./edge-page.ts";
import { GATEWAY_PAGE, gatewayPage } from "./gateway-page.ts";
import { HTTP_RULES_PAGE, httpRulesPage } from "./http-rules-page.ts";
import { LINEAR, linearExpressions } from "./regular-expressions.ts";
import { SETTINGS_PAGE, settingsPage } from "./settings-page.ts";

writeFileSync(SETTINGS_PAGE, settingsPage());
writeFileSync(GATEWAY_PAGE, gatewayPage());
writeFileSync(HTTP_RULES_PAGE, httpRulesPage());
writeFileSync(EDGE_PAGE, edgePage());
writeFileSync(CONTRACT_PAGE, contractPage());
writeFileSync(LINEAR, await linearExpressions());

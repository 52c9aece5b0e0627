import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { openClone } from "../deploy/clone.ts";
import { tiersFile } from "../deploy/env/tiers.ts";
import { PANEL_FILES } from "../deploy/observe/dashboard.ts";
import { adoptedFiles, derivedFiles, starterFiles } from "../deploy/project/starter-files.ts";
import { RECORDED } from "../infra-tests/bench/record.ts";
import { PERFORMANCE_PAGE, performancePage } from "../infra-tests/bench/report/page.ts";
import { CONTRACT_PAGE, contractPage } from "./contract-page.ts";
import { EDGE_PAGE, edgePage } from "./edge-page.ts";
import { FAILURE_BOOK, failureBook } from "./failure-book.ts";
import { GATEWAY_PAGE, gatewayPage } from "./gateway-page.ts";
import { HTTP_RULES_PAGE, httpRulesPage } from "./http-rules-page.ts";
import { linearExpressions, OURS } from "./regular-expressions.ts";
import { SETTINGS_PAGE, settingsPage } from "./settings-page.ts";

writeFileSync(SETTINGS_PAGE, settingsPage());
writeFileSync(GATEWAY_PAGE, gatewayPage());
writeFileSync(HTTP_RULES_PAGE, httpRulesPage());
writeFileSync(EDGE_PAGE, edgePage());
writeFileSync(FAILURE_BOOK, failureBook());
writeFileSync(CONTRACT_PAGE, contractPage());
writeFileSync(PERFORMANCE_PAGE, performancePage(JSON.parse(readFileSync(RECORDED, "utf8"))));
writeFileSync(join(openClone().root, "deploy/tiers.yaml"), tiersFile());
for (const [file, text] of starterFiles()) writeFileSync(file, text);
// From those.
for (const [file, text] of [...adoptedFiles(), ...derivedFiles()]) writeFileSync(file, text);
writeFileSync(OURS.linear, await linearExpressions(OURS));

// The application's own pages leave with it.
const application = join(import.meta.dirname, "../services/app/pages.ts");
if (existsSync(application)) {
  const { pages } = await import(pathToFileURL(application).href);
  for (const [file, text] of await pages()) writeFileSync(file, text);
}
for (const [file, text] of Object.entries(PANEL_FILES)) writeFileSync(file, text());

import type { Check } from "./check.ts";
import { databaseChecks } from "./database.ts";
import { limitChecks } from "./limits.ts";
import { originChecks } from "./origin.ts";
import { processChecks } from "./process.ts";
import { secretChecks } from "./secrets.ts";

/** What must hold wherever the application runs. */
export const BASIC_CHECKS: readonly Check[] = databaseChecks;

/** What must hold besides before strangers may reach it. */
export const DEPLOY_CHECKS: readonly Check[] = [
  ...processChecks,
  ...originChecks,
  ...secretChecks,
  ...limitChecks,
];

import { templateCheck } from "../project/differences.ts";
import type { Check } from "./check.ts";
import { databaseCheck, externalDatabaseCheck } from "./database.ts";
import { diskCheck } from "./disk.ts";
import { engineCheck } from "./engine.ts";
import { envFilesCheck } from "./env-files.ts";
import { imagesCheck } from "./images.ts";
import { portsCheck } from "./ports.ts";
import { publicCheck } from "./public.ts";
import { secretsCheck } from "./secrets.ts";
import { settingsCheck } from "./settings.ts";

const COMMON: readonly Check[] = [portsCheck, diskCheck, imagesCheck, secretsCheck];

/** What `make up` checks before it builds, after the engine and the settings. */
export const START_CHECKS: readonly Check[] = [...COMMON, externalDatabaseCheck];

/** What `make doctor` checks, in this order. */
export const DOCTOR_CHECKS = [
  settingsCheck,
  engineCheck,
  ...COMMON,
  envFilesCheck,
  databaseCheck,
  publicCheck,
  templateCheck,
];

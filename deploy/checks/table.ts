import type { Check } from "./check.ts";
import { diskCheck } from "./disk.ts";
import { engineCheck, volumeCheck } from "./engine.ts";
import { imagesCheck } from "./images.ts";
import { portsCheck } from "./ports.ts";
import { secretsCheck } from "./secrets.ts";
import { settingsCheck } from "./settings.ts";

/** What `make up` checks before it builds, after the engine and the settings. */
export const START_CHECKS: readonly Check[] = [portsCheck, diskCheck, imagesCheck, secretsCheck];

/** What `make doctor` checks, in this order. */
export const DOCTOR_CHECKS = [settingsCheck, engineCheck, ...START_CHECKS, volumeCheck];

import { diskCheck } from "./disk.ts";
import { engineCheck } from "./engine.ts";
import type { Check } from "./finding.ts";
import { portsCheck } from "./ports.ts";
import { reachCheck } from "./reach.ts";
import { secretsCheck } from "./secrets.ts";
import { settingsCheck } from "./settings.ts";
import { volumeCheck } from "./volume.ts";

/** What stands in the way of a start once the engine and the settings are right. */
export const START_CHECKS: readonly Check[] = [portsCheck, diskCheck, reachCheck, secretsCheck];

/** All that the doctor looks at, in the order of its table. */
export const DOCTOR_CHECKS: readonly Check[] = [
  settingsCheck,
  engineCheck,
  ...START_CHECKS,
  volumeCheck,
];

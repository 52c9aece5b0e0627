import { ensureEngine } from "./bare-machine/engine/ensure.ts";
import { versionsOf } from "./bare-machine/engine/state.ts";
import { requireChecks } from "./checks/check.ts";
import { volumeFinding } from "./checks/engine.ts";
import { settingsCheck } from "./checks/settings.ts";
import type { Clone } from "./clone.ts";
import { isExternal, moveSecretsOfDatabase } from "./database/external.ts";
import { engineProcessors } from "./docker.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { ensureEnvFile } from "./env/first-run.ts";
import { chooseImages, nameToday } from "./images.ts";
import { Problem } from "./problem.ts";
import { certificateNames } from "./secrets/certificate.ts";
import { ensureSecrets, hasPassword, makePassword } from "./secrets/secrets.ts";
import type { Stages } from "./stages.ts";

/** The number of stages of `prepare`. */
export const PREPARE_STAGES = 3;

/**
 * Makes what a clone needs before a build: an engine, .env and secrets. What exists stays.
 * @throws Problem
 */
export async function prepare(clone: Clone, stages: Stages): Promise<void> {
  // Before anything is installed: a bad setting should stop the command at once.
  await requireSettings(clone);
  await stages.run("engine", async (say) => versionsOf(await ensureEngine(say)));
  await stages.run("settings", async (say) => {
    const done = await ensureEnvFile(clone, {
      chooseImages: (variables) => chooseImages(variables, say),
      nameToday,
      processors: engineProcessors,
    });
    await requireSettings(clone);
    return done;
  });
  await stages.run("secrets", async () => {
    const made = await moveSecretsOfDatabase(clone);
    const environment = await readEnvironment(clone);
    if (!isExternal(environment) && !(await hasPassword(clone))) {
      const volume = await volumeFinding({ clone, environment });
      if (!volume.ok) throw new Problem(volume.text, volume.exitCode);
      await makePassword(clone);
      made.push("the database passwords");
    }
    made.push(...(await ensureSecrets(clone, certificateNames(valuesOf(environment).bind))));
    return made.length === 0 ? "secrets/ is complete" : `made ${made.join(", ")}`;
  });
}

async function requireSettings(clone: Clone): Promise<void> {
  await requireChecks({ clone, environment: await readEnvironment(clone) }, [settingsCheck]);
}

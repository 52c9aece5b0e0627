import { insist } from "./checks/examine.ts";
import { settingsCheck } from "./checks/settings.ts";
import { volumeFinding } from "./checks/volume.ts";
import type { Clone } from "./clone.ts";
import { ensureEngine } from "./engine/index.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { ensureEnvFile } from "./env/first-run.ts";
import { chooseImages } from "./images.ts";
import { Problem } from "./problem.ts";
import { certificateNames } from "./secrets/certificate.ts";
import { ensureSecrets, hasPassword, makePassword } from "./secrets/secrets.ts";
import type { Stages } from "./stages.ts";

/** How many stages `prepare` has. */
export const PREPARE_STAGES = 3;

/**
 * Makes what a clone needs before anything of it can be built: an engine, .env and secrets. What is
 * there already stays.
 * @throws Problem
 */
export async function prepare(clone: Clone, stages: Stages): Promise<void> {
  // A bad setting is told before anything is installed because of it.
  await insist({ clone, environment: await readEnvironment(clone) }, [settingsCheck]);
  await stages.run("engine", async (say) => {
    const { engine, compose, buildx } = await ensureEngine(say);
    return `Docker ${engine}, Compose ${compose}, buildx ${buildx}`;
  });
  await stages.run("settings", async (say) => {
    const done = await ensureEnvFile(clone, (variables) => chooseImages(variables, say));
    await insist({ clone, environment: await readEnvironment(clone) }, [settingsCheck]);
    return done;
  });
  await stages.run("secrets", async () => await secretsStage(clone));
}

async function secretsStage(clone: Clone): Promise<string> {
  const environment = await readEnvironment(clone);
  const made: string[] = [];
  if (!(await hasPassword(clone))) {
    const volume = await volumeFinding({ clone, environment });
    if (!volume.ok) throw new Problem(volume.text, volume.exitCode);
    await makePassword(clone);
    made.push("a database password");
  }
  made.push(...(await ensureSecrets(clone, certificateNames(valuesOf(environment).bind))));
  return made.length === 0 ? "secrets/ stands" : `made ${made.join(", ")}`;
}

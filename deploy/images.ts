import {
  ensureBaseImages,
  findImage,
  registryAnswers,
  STAND_INS,
  type StandInName,
} from "./base-images/index.ts";
import { run } from "./command.ts";
import type { DeploySettings } from "./env/environment.ts";
import type { ImageChoice } from "./env/first-run.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "./problem.ts";
import type { ImageVariable } from "./settings.ts";
import { knownCause } from "./stack/cause.ts";

/** The base images that .env chooses between, by the name of their stand-in. */
export type BaseImage = Exclude<StandInName, "debian">;

const CHOSEN_BY = {
  node: "nodeImage",
  postgres: "postgresImage",
  nginx: "nginxImage",
  k6: "k6Image",
  playwright: "playwrightImage",
} as const satisfies Record<BaseImage, keyof DeploySettings>;

/** What a stack's own images are built on. */
export function stackImages({ edge }: DeploySettings): BaseImage[] {
  return edge === "nginx" ? ["node", "nginx", "postgres"] : ["node", "postgres"];
}

/** The reference of a base image: what .env names, else the official one. */
export function imageOf(settings: DeploySettings, name: BaseImage): string {
  return settings[CHOSEN_BY[name]] || (STAND_INS[name].replaces?.official ?? "");
}

/**
 * Chooses the base images of these variables: the official one where its registry offers it, else
 * the stand-in.
 */
export async function chooseImages(
  variables: readonly ImageVariable[],
  say: (line: string) => void,
): Promise<ImageChoice> {
  const choose = async (name: BaseImage): Promise<string> => {
    const official = STAND_INS[name].replaces?.official ?? "";
    const there = (await findImage(official)) !== undefined || (await registryAnswers(official));
    say(
      `${name.padEnd(10)} ${there ? official : `${STAND_INS[name].tag} (no registry offers ${official})`}`,
    );
    return there ? "" : STAND_INS[name].tag;
  };
  const names = Object.keys(CHOSEN_BY) as BaseImage[];
  const chosen = names.flatMap((name) => {
    const variable = variables.find((each) => each === STAND_INS[name].replaces?.variable);
    return variable === undefined ? [] : [{ variable, image: choose(name) }];
  });
  return Object.fromEntries(
    await Promise.all(chosen.map(async ({ variable, image }) => [variable, await image])),
  );
}

/**
 * Makes or pulls the base images that the engine does not have yet. Returns what it did, in words.
 * @throws Problem (exit code 69) if one cannot be had
 */
export async function ensureImages(
  settings: DeploySettings,
  names: readonly BaseImage[],
  say: (line: string) => void,
): Promise<string> {
  const absent: BaseImage[] = [];
  for (const name of names) {
    if ((await findImage(imageOf(settings, name))) === undefined) absent.push(name);
  }
  if (absent.length === 0) return "all there";
  const standIns = absent.filter((name) => imageOf(settings, name) === STAND_INS[name].tag);
  if (standIns.length > 0) await ensureBaseImages(standIns, { say });
  for (const name of absent.filter((each) => !standIns.includes(each))) {
    await pull(imageOf(settings, name), say);
  }
  return `got ${absent.join(", ")}`;
}

async function pull(image: string, say: (line: string) => void): Promise<void> {
  say(`pulling ${image}`);
  const { code, stderr } = process.stdout.isTTY
    ? await run("docker", ["pull", image], { interactive: true })
    : await run("docker", ["pull", "--quiet", image]);
  if (code === 0) return;
  const reason = stderr.trim().split("\n").at(-1) || "see the lines above";
  throw (
    knownCause(stderr) ??
    new Problem(
      `${image} cannot be pulled (${reason}): check the network, or remove the ..._IMAGE lines ` +
        "from .env to have make up choose again",
      UNAVAILABLE_EXIT_CODE,
    )
  );
}

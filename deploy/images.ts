import { ensureStandIns, standInTag } from "./bare-machine/index.ts";
import { run } from "./command.ts";
import { findImage, registryOffers } from "./docker.ts";
import type { DeploySettings } from "./env/environment.ts";
import type { ImageChoice } from "./env/first-run.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "./problem.ts";
import type { ImageVariable } from "./settings.ts";
import { knownCause } from "./stack/cause.ts";

/** The images that ours are built on or that run tests, with their variables and defaults. */
export const BASE_IMAGES = {
  node: { variable: "NODE_IMAGE", setting: "nodeImage", official: "node:26.10.0-trixie-slim" },
  postgres: {
    variable: "POSTGRES_IMAGE",
    setting: "postgresImage",
    official: "postgres:17.6-trixie",
  },
  nginx: { variable: "NGINX_IMAGE", setting: "nginxImage", official: "nginx:1.30.6-trixie" },
  k6: { variable: "K6_IMAGE", setting: "k6Image", official: "grafana/k6:2.2.0" },
  playwright: {
    variable: "PLAYWRIGHT_IMAGE",
    setting: "playwrightImage",
    official: "mcr.microsoft.com/playwright:v1.65.1-noble",
  },
} as const satisfies Record<
  string,
  { variable: ImageVariable; setting: keyof DeploySettings; official: string }
>;

export type BaseImage = keyof typeof BASE_IMAGES;

const NAMES = Object.keys(BASE_IMAGES) as readonly BaseImage[];

/** What a stack's own images are built on. */
export function stackImages({ edge }: DeploySettings): BaseImage[] {
  return edge === "nginx" ? ["node", "nginx", "postgres"] : ["node", "postgres"];
}

/** The reference of a base image: the one in .env, else the official one. */
export function imageOf(settings: DeploySettings, name: BaseImage): string {
  const { setting, official } = BASE_IMAGES[name];
  return settings[setting] || official;
}

/** Whether a reference is an image that is made on this machine. */
export function isStandIn(image: string): boolean {
  return NAMES.some((name) => standInTag(name) === image);
}

/**
 * Chooses the base images of these variables: the official one where the engine has it or a registry
 * offers it, else the stand-in.
 */
export async function chooseImages(
  variables: readonly ImageVariable[],
  say: (line: string) => void,
): Promise<ImageChoice> {
  const choose = async (name: BaseImage): Promise<string> => {
    const { official } = BASE_IMAGES[name];
    const standIn = standInTag(name);
    const found = (await findImage(official)) !== undefined || (await registryOffers(official));
    say(`${name.padEnd(10)} ${found ? official : `${standIn} (no registry offers ${official})`}`);
    return found ? "" : standIn;
  };
  const names = NAMES.filter((name) => variables.includes(BASE_IMAGES[name].variable));
  const choices = names.map(async (name) => [BASE_IMAGES[name].variable, await choose(name)]);
  return Object.fromEntries(await Promise.all(choices));
}

/**
 * Makes or pulls the base images that the engine does not have yet.
 * @returns a sentence that says what was done
 * @throws Problem (exit code 69) if one can be neither pulled nor made
 */
export async function ensureImages(
  settings: DeploySettings,
  names: readonly BaseImage[],
  say: (line: string) => void,
): Promise<string> {
  const absent: BaseImage[] = [];
  for (const name of new Set(names)) {
    if ((await findImage(imageOf(settings, name))) === undefined) absent.push(name);
  }
  if (absent.length === 0) return "all present";
  const standIns = absent.filter((name) => isStandIn(imageOf(settings, name)));
  if (standIns.length > 0) await ensureStandIns(standIns, { say });
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

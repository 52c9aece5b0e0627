import { adoptFormer, ensureStandIns } from "./bare-machine/base-images/ensure.ts";
import { standInOf, standInTag } from "./bare-machine/base-images/stand-ins.ts";
import { lastLine, run } from "./command.ts";
import { findImage, registryOffers } from "./docker.ts";
import type { DeploySettings, Environment } from "./env/environment.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "./problem.ts";
import { knownCause } from "./stack/cause.ts";

/** The official images that ours are built on or that run tests. */
export const OFFICIAL_IMAGES = {
  node: "node:26.10.0-trixie-slim",
  postgres: "postgres:17.6-trixie",
  nginx: "nginx:1.30.6-trixie",
  redis: "valkey/valkey:8.1.4",
  mail: "axllent/mailpit:v1.27.11",
  k6: "grafana/k6:2.2.0",
  playwright: "mcr.microsoft.com/playwright:v1.65.1-noble",
} as const;

export type BaseImage = keyof typeof OFFICIAL_IMAGES;

const NAMES = Object.keys(OFFICIAL_IMAGES) as readonly BaseImage[];

/** What a stack's own images are built on. */
export function stackImages({ edge }: DeploySettings): BaseImage[] {
  return edge === "nginx" ? ["node", "nginx", "postgres"] : ["node", "postgres"];
}

/** Those of the accessories that COMPOSE_FILE, of the shell or .env, adds to the stack. */
export function accessoryImages({ file }: Environment): BaseImage[] {
  const files = (process.env.COMPOSE_FILE || file.COMPOSE_FILE || "").split(":");
  return (["redis", "mail"] as const).filter((name) =>
    files.some((each) => each.endsWith(`deploy/accessories/${name}.yaml`)),
  );
}

/** The reference of a base image: the one in .env, else the official one. */
export function imageOf(settings: DeploySettings, name: BaseImage): string {
  return settings[`${name}Image`] || OFFICIAL_IMAGES[name];
}

/** Whether a reference is an image that is made on this machine, by the name of today or the former one. */
export function isStandIn(image: string): boolean {
  return standInOf(image) !== undefined;
}

/**
 * The name that a line of .env should have for an image. A stand-in of the former name is given that of today.
 * @param image a reference, "" for the official image
 */
export async function nameToday(image: string): Promise<string> {
  const standIn = standInOf(image);
  if (standIn === undefined) return image;
  await adoptFormer([standIn]);
  return standInTag(standIn);
}

/**
 * Chooses the base images of these variables: the official one where the engine has it or a registry
 * offers it, else the stand-in.
 * @returns values for .env; empty is the official image
 */
export async function chooseImages(
  variables: readonly string[],
  say: (line: string) => void,
): Promise<Readonly<Record<string, string>>> {
  const choices = NAMES.map(async (name) => {
    const variable = `${name.toUpperCase()}_IMAGE`;
    if (!variables.includes(variable)) return [];
    const official = OFFICIAL_IMAGES[name];
    const standIn = standInTag(name);
    const found = (await findImage(official)) !== undefined || (await registryOffers(official));
    say(`${name.padEnd(10)} ${found ? official : `${standIn} (no registry offers ${official})`}`);
    return [[variable, found ? "" : standIn]];
  });
  return Object.fromEntries((await Promise.all(choices)).flat());
}

/** Older than this is worth a word: base images are mended every few weeks. */
const OLD_DAYS = 30;
const DAY = 86_400_000;

/**
 * Pulls or makes base images once more, though the engine has them: the same version with the security fixes of its
 * distribution.
 * @returns a sentence that says which have changed
 * @throws Problem (exit code 69) if one can be neither pulled nor made; the one that is here stays
 */
export async function renewImages(
  settings: DeploySettings,
  names: readonly BaseImage[],
  say: (line: string) => void,
): Promise<string> {
  const images = [...new Set(names)].map((name) => [name, imageOf(settings, name)] as const);
  const before = new Map<string, string | undefined>();
  for (const [, image] of images) before.set(image, (await findImage(image))?.id);
  const standIns = images.flatMap(([, image]) => standInOf(image) ?? []);
  if (standIns.length > 0) await ensureStandIns(standIns, say, true);
  const changed: string[] = [];
  for (const [name, image] of images) {
    if (!isStandIn(image)) await pull(image, say);
    if ((await findImage(image))?.id !== before.get(image)) changed.push(name);
  }
  return changed.length === 0 ? "none has changed" : `new: ${changed.join(", ")}`;
}

/**
 * Makes or pulls the base images that the engine does not have yet.
 * @returns a sentence that says what was done, and how old the oldest is if it is old
 * @throws Problem (exit code 69) if one can be neither pulled nor made
 */
export async function ensureImages(
  settings: DeploySettings,
  names: readonly BaseImage[],
  say: (line: string) => void,
): Promise<string> {
  const absent: BaseImage[] = [];
  const times: number[] = [];
  for (const name of new Set(names)) {
    const found = await findImage(imageOf(settings, name));
    if (found === undefined) absent.push(name);
    else if (found.since !== undefined) times.push(found.since.getTime());
  }
  if (absent.length === 0) return `all present${oldest(times)}`;
  const standIns = absent.filter((name) => isStandIn(imageOf(settings, name)));
  if (standIns.length > 0) await ensureStandIns(standIns, say);
  for (const name of standIns) {
    // A command before the next make up, which gives .env the name of today: no registry is asked for the former one.
    const [image, made] = [imageOf(settings, name), standInTag(name)];
    if (image !== made) await run("docker", ["tag", made, image]);
  }
  for (const name of absent) {
    if (!standIns.includes(name)) await pull(imageOf(settings, name), say);
  }
  return `got ${absent.join(", ")}`;
}

/** What to say of the age of images; "" if they are young. */
function oldest(times: readonly number[]): string {
  const days = Math.floor((Date.now() - Math.min(...times, Date.now())) / DAY);
  if (days <= OLD_DAYS) return "";
  return `, the oldest for ${days} days: PULL=1 has them with the security fixes since then`;
}

async function pull(image: string, say: (line: string) => void): Promise<void> {
  say(`pulling ${image}`);
  const interactive = process.stdout.isTTY;
  const args = interactive ? [image] : ["--quiet", image];
  const { code, stderr } = await run("docker", ["pull", ...args], { interactive });
  if (code === 0) return;
  const reason = lastLine(stderr) || "see the lines above";
  throw (
    knownCause(stderr) ??
    new Problem(
      `${image} cannot be pulled (${reason}): check the network, or remove the ..._IMAGE lines ` +
        "from .env to have make up choose again",
      UNAVAILABLE_EXIT_CODE,
    )
  );
}

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
import { knownCause } from "./stack/cause.ts";

/** The base images that .env chooses between, by the name of their stand-in. */
export type BaseImage = Exclude<StandInName, "debian">;

const CHOSEN_BY = {
  node: "nodeImage",
  postgres: "postgresImage",
  k6: "k6Image",
  playwright: "playwrightImage",
} as const satisfies Record<BaseImage, keyof DeploySettings>;

/** The reference of a base image: what .env names, else the official one. */
export function imageOf(settings: DeploySettings, name: BaseImage): string {
  return settings[CHOSEN_BY[name]] || (STAND_INS[name].replaces?.official ?? "");
}

/** Chooses each base image: the official one where its registry offers it, else the stand-in. */
export async function chooseImages(say: (line: string) => void): Promise<ImageChoice> {
  const choose = async (name: BaseImage): Promise<string> => {
    const official = STAND_INS[name].replaces?.official ?? "";
    const there = (await findImage(official)) !== undefined || (await registryAnswers(official));
    say(
      `${name.padEnd(10)} ${there ? official : `${STAND_INS[name].tag} (no registry offers ${official})`}`,
    );
    return there ? "" : STAND_INS[name].tag;
  };
  const [node, postgres, k6, playwright] = await Promise.all([
    choose("node"),
    choose("postgres"),
    choose("k6"),
    choose("playwright"),
  ]);
  return {
    NODE_IMAGE: node,
    POSTGRES_IMAGE: postgres,
    K6_IMAGE: k6,
    PLAYWRIGHT_IMAGE: playwright,
  };
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

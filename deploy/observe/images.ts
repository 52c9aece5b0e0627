import type { Values } from "@gatehouse/settings";
import { ensureStandIns } from "../bare-machine/base-images/ensure.ts";
import { standInTag } from "../bare-machine/base-images/stand-ins.ts";
import { findImage, registryOffers } from "../docker.ts";
import { OFFICIAL_IMAGES, type observeSettings } from "./settings.ts";

type Name = keyof typeof OFFICIAL_IMAGES;

/**
 * Chooses the images: that of the settings, else what the engine has, else the official one if a registry
 * offers it, else the stand-in, which is made. The choice is not kept: in .env it would be part of every
 * container's environment, and the next `make up` would replace them all.
 * @returns the variables for Compose, which pulls what it does not have
 * @throws Problem (exit code 69) if a stand-in cannot be made
 */
export async function chooseObserveImages(
  settings: Values<typeof observeSettings>,
  say: (line: string) => void,
): Promise<Record<"PROMETHEUS_IMAGE" | "ALERTMANAGER_IMAGE", string>> {
  const prometheus = settings.prometheusImage || (await choose("prometheus"));
  const alertmanager = settings.alertmanagerImage || (await choose("alertmanager"));
  for (const name of ["prometheus", "alertmanager"] as const) {
    const standIn = standInTag(name);
    if (![prometheus, alertmanager].includes(standIn) || (await findImage(standIn))) continue;
    await ensureStandIns([name], say);
  }
  return { PROMETHEUS_IMAGE: prometheus, ALERTMANAGER_IMAGE: alertmanager };
}

async function choose(name: Name): Promise<string> {
  const official = OFFICIAL_IMAGES[name];
  if ((await findImage(official)) !== undefined) return official;
  const standIn = standInTag(name);
  if ((await findImage(standIn)) !== undefined) return standIn;
  return (await registryOffers(official)) ? official : standIn;
}

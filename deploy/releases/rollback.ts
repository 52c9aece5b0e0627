import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { missingImages } from "./images.ts";
import type { Journal } from "./journal.ts";
import type { Release } from "./release.ts";

/**
 * The number of the release that a rollback is to bring back.
 * @param variables of make: RELEASE=number, or its short form TO=number; undefined is the one before
 * @throws Problem (exit code 78) for anything else, as that might be meant for a server
 */
export function wantedRelease({
  RELEASE = "",
  TO = "",
}: Readonly<Record<string, string | undefined>>): number | undefined {
  if (RELEASE !== "" && TO !== "" && RELEASE !== TO) {
    throw new Problem(
      `RELEASE=${RELEASE} and TO=${TO} are two releases: leave one out`,
      CONFIG_EXIT_CODE,
    );
  }
  const [name, word] = RELEASE === "" ? ["TO", TO] : ["RELEASE", RELEASE];
  if (word === "") return undefined;
  if (/^[1-9]\d{0,8}$/.test(word)) return Number(word);
  throw new Problem(
    `${name}=${word}: expected the number of a release, as make releases lists them`,
    CONFIG_EXIT_CODE,
  );
}

/**
 * Chooses the release that a rollback brings back: the one before, or the one with this number.
 */
export function chooseEarlier(
  { settings }: Stack,
  wanted: number | undefined,
): (journal: Journal, running: boolean) => Promise<Release> {
  return async (journal, running) => {
    if (!running) throw new Problem("there is no running stack to roll back: make up starts one");
    const { kept, current } = journal;
    const earlier = kept.filter(({ number }) => number !== current?.number);
    const numbers = earlier.map(({ number }) => number).join(", ") || "none";
    const found =
      wanted !== undefined ? kept.find(({ number }) => number === wanted) : earlier.at(-1);
    if (wanted !== undefined && !journal.releases.some(({ number }) => number === wanted)) {
      throw new Problem(
        `the journal has no release ${wanted} (kept: ${numbers}): make releases lists them`,
      );
    }
    if (found === undefined) {
      throw new Problem(
        `there is no ${wanted !== undefined ? `release ${wanted}` : "earlier release"} with its images here ` +
          `(kept: ${numbers}): check out its commit and run make deploy`,
      );
    }
    const missing = await missingImages(settings.project, found.release);
    if (missing.length > 0) {
      throw new Problem(
        `release ${found.number} has lost its images (${missing.join(", ")}): check out its commit ` +
          "and run make deploy",
      );
    }
    return found.release;
  };
}

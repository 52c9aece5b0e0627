import { Problem } from "../problem.ts";
import type { Stack } from "../stack/compose.ts";
import { missingImages } from "./images.ts";
import type { Journal } from "./journal.ts";
import type { Release } from "./release.ts";

/**
 * Chooses the release that a rollback brings back: the one before, or the one with this number.
 * @param wanted the number, as the operator wrote it
 */
export function chooseEarlier(
  { settings }: Stack,
  wanted: string | undefined,
): (journal: Journal, running: boolean) => Promise<Release> {
  return async (journal, running) => {
    if (!running) throw new Problem("there is no running stack to roll back: make up starts one");
    const { kept, current } = journal;
    const earlier = kept.filter(({ number }) => number !== current?.number);
    const numbers = earlier.map(({ number }) => number).join(", ") || "none";
    const found = wanted ? kept.find(({ number }) => String(number) === wanted) : earlier.at(-1);
    if (found === undefined) {
      throw new Problem(
        `there is no ${wanted ? `release ${wanted}` : "earlier release"} with its images here ` +
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

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findImage, registryAnswers, STAND_INS } from "../base-images/index.ts";
import { run } from "../command.ts";
import { findArchive, readAptSources, readHost } from "../engine/index.ts";
import { valuesOf } from "../env/environment.ts";
import { imageOf } from "../images.ts";
import { UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { bad, type Check, good } from "./finding.ts";

/** Where base images can come from; asked only if one is missing. */
export const reachCheck: Check = {
  name: "images",
  needs: ["engine", "settings"],
  check: async ({ environment }) => {
    const settings = valuesOf(environment);
    const missing: string[] = [];
    for (const image of [imageOf(settings, "node"), imageOf(settings, "postgres")]) {
      if ((await findImage(image)) === undefined) missing.push(image);
    }
    const [first] = missing;
    if (first === undefined) return [good("the base images are there")];
    const standIn = Object.values(STAND_INS).some(({ tag }) => tag === first);
    if (!standIn && (await registryAnswers(first))) {
      return [good(`${missing.join(", ")} can be pulled`)];
    }
    if (await packagesAnswer()) return [good("no registry is needed: stand-ins can be made here")];
    return [
      bad(
        `${missing.join(", ")} cannot be had: neither an image registry nor Debian's packages ` +
          "answer; check this host's network, and the proxies of the Docker daemon and of apt",
        UNAVAILABLE_EXIT_CODE,
      ),
    ];
  },
};

/** Downloads one file as apt would; part of apt itself. */
const APT_HELPER = "/usr/lib/apt/apt-helper";

const ANSWER_TIMEOUT_MS = 10_000;

/** Whether the first archive of this host's apt answers, asked with apt's own proxies. */
async function packagesAnswer(): Promise<boolean> {
  const codename = readHost().distribution?.codename ?? "";
  const archive = findArchive(readAptSources(), codename);
  if (archive === undefined) return false;
  const address = `${archive.uri.replace(/\/$/, "")}/dists/${codename}/InRelease`;
  const folder = await mkdtemp(join(tmpdir(), "gatehouse-reach-"));
  try {
    const args = ["download-file", address, join(folder, "InRelease")];
    return (await run(APT_HELPER, args, { timeout: ANSWER_TIMEOUT_MS })).code === 0;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

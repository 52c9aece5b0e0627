import { packageArchiveResponds } from "../bare-machine/base-images/debian.ts";
import { findImage, registryOffers } from "../docker.ts";
import { valuesOf } from "../env/environment.ts";
import { imageOf, isStandIn } from "../images.ts";
import { UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { bad, type Check, good } from "./check.ts";

/** The base images of the stack are present or can be had. */
export const imagesCheck: Check = {
  name: "images",
  needs: ["engine", "settings"],
  check: async ({ environment }) => {
    const settings = valuesOf(environment);
    const missing: string[] = [];
    for (const image of [imageOf(settings, "node"), imageOf(settings, "postgres")]) {
      if ((await findImage(image)) === undefined) missing.push(image);
    }
    const [first] = missing;
    if (first === undefined) return [good("the base images are present")];
    if (!isStandIn(first) && (await registryOffers(first))) {
      return [good(`${missing.join(", ")} can be pulled`)];
    }
    if (await packageArchiveResponds())
      return [good("no registry is needed: stand-ins can be made")];
    return [
      bad(
        `${missing.join(", ")} cannot be pulled or made: neither an image registry nor Debian's package ` +
          "archive responds; check this machine's network, and the proxies of the Docker daemon and of apt",
        UNAVAILABLE_EXIT_CODE,
      ),
    ];
  },
};

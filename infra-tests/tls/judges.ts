import { imageOf } from "../stack/images.ts";
import { run } from "../stack/run.ts";
import type { Stack } from "../stack/stack.ts";

/** Builds the image with pebble, h2load and openssl; resolves with its name. */
export async function judges(stack: Stack): Promise<string> {
  const image = `${stack.project}/judges`;
  const code = await run("docker", [
    ...["build", "--quiet", "--tag", image],
    ...["--build-arg", `NODE_IMAGE=${imageOf("NODE_IMAGE")}`, import.meta.dirname],
  ]);
  if (code !== 0) throw new Error(`${image} cannot be built: see the lines above`);
  return image;
}

import { cp } from "node:fs/promises";
import { join } from "node:path";
import { root } from "../stack/clone.ts";
import type { Stack } from "../stack/stack.ts";
import { Checkout } from "./checkout.ts";
import type { ExampleSite } from "./sites.ts";

/**
 * Builds an example that is a project of its own, as the application of a checkout: its own `build` runs in
 * the image's build stage. @returns the image, which is removed with the stack
 */
export async function buildProject(
  stack: Stack,
  project: NonNullable<ExampleSite["project"]>,
  module: string,
): Promise<string> {
  const source = join(root, "examples", project);
  await using checkout = await Checkout.make((application) =>
    cp(source, application, {
      recursive: true,
      filter: (path) => !/node_modules|dist$|\.next/.test(path),
    }),
  );
  await checkout.lock();
  const image = `${stack.project}/example-${project}:local`;
  await checkout.build(image, module);
  return image;
}

import { join } from "node:path";
import { root, secretFile } from "../stack/clone.ts";
import { run } from "../stack/run.ts";
import type { Stack } from "../stack/stack.ts";
import { imageOf, runTool } from "../stack/tool.ts";
import { prepareCast } from "./cast.ts";

/**
 * Runs the browser tests against a running stack, reports in `reports/e2e`; the exit code.
 * @param words further words for Playwright; GREP=... in the environment narrows them for a while
 */
export async function e2e(stack: Stack, ...words: string[]): Promise<number> {
  const image = `${stack.project}/e2e`;
  const built = await run("docker", [
    ...["build", "--quiet", "--tag", image],
    ...["--build-arg", `PLAYWRIGHT_IMAGE=${imageOf("PLAYWRIGHT_IMAGE")}`, import.meta.dirname],
  ]);
  if (built !== 0) return built;
  const { moderator, password } = await prepareCast(stack);
  return await runTool(stack, {
    image,
    command: [
      "node",
      "/gatehouse/node_modules/@playwright/test/cli.js",
      ...["test", "--config", "/gatehouse/infra-tests/e2e/playwright.config.ts", ...words],
      ...(process.env.GREP ? ["--grep", process.env.GREP] : []),
    ],
    environment: {
      HOME: "/tmp",
      AUTHORITY: "/run/ca.crt",
      // The requests that a test makes without its browser go through Node.
      NODE_EXTRA_CA_CERTS: "/run/ca.crt",
      CI: process.env.CI ?? "",
      MODERATOR: moderator,
      MODERATOR_PASSWORD: password,
    },
    mounts: {
      "/gatehouse/node_modules": join(root, "node_modules"),
      "/gatehouse/infra-tests/package.json": join(root, "infra-tests/package.json"),
      "/gatehouse/infra-tests/e2e": import.meta.dirname,
      "/run/ca.crt": secretFile("ca.crt"),
    },
    reports: "e2e",
  });
}

/** The stories without which nothing else matters, in one window: what `make test` runs. */
export const e2eSmoke = (stack: Stack): Promise<number> =>
  e2e(stack, "--project=desktop", "--grep=@smoke");

import { randomBytes, randomUUID } from "node:crypto";
import { join } from "node:path";
import { root, secretFile } from "../stack/clone.ts";
import { exec } from "../stack/docker.ts";
import { run } from "../stack/run.ts";
import type { Stack } from "../stack/stack.ts";
import { imageOf, runTool } from "../stack/tool.ts";

/**
 * Runs the browser tests on a running stack and writes `reports/e2e`. GREP=... selects stories.
 * @param words more arguments for Playwright
 * @returns the exit code
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
      // For requests that a test sends without the browser.
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

const MANAGE = "services/app/manage.ts";

/** The account that the tests cannot sign up for themselves. */
interface Cast {
  readonly moderator: string;
  readonly password: string;
}

/** Seeds the board of a running stack and creates a moderator, as an operator does. */
async function prepareCast(stack: Stack): Promise<Cast> {
  const app = await stack.container("app");
  const moderator = `Moderator ${randomUUID().slice(0, 8)}`;
  const password = randomBytes(18).toString("base64url");
  const create = `node ${MANAGE} createsuperuser --username "$1" --password-file /tmp/password`;
  for (const command of [
    ["node", MANAGE, "seed"],
    [
      "sh",
      "-c",
      `printf %s "$2" > /tmp/password && ${create}; code=$?; rm /tmp/password; exit $code`,
      "sh",
      moderator,
      password,
    ],
  ]) {
    const { code, output } = await exec(app, command);
    if (code !== 0) throw new Error(`the site could not be prepared: ${output}`);
  }
  return { moderator, password };
}

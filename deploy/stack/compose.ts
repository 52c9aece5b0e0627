import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Clone } from "../clone.ts";
import { type CommandOptions, type CommandResult, run } from "../command.ts";
import { buildTarget, type DeploySettings, readEnvironment } from "../env/environment.ts";
import { imageOf } from "../images.ts";
import { isPackaged } from "../layout.ts";
import { printError } from "../print.ts";
import { Problem } from "../problem.ts";
import { knownCause } from "./cause.ts";

/** The Compose project of one clone. */
export interface Stack {
  readonly clone: Clone;
  readonly settings: DeploySettings;
}

/**
 * Runs `docker compose` for a stack. The stack's settings outrank .env: BUILD_APP follows APP, and a
 * deploy runs a release that .env does not name yet.
 */
export function compose(
  { clone, settings }: Stack,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const env = { ...options.env, ...composeEnvironment({ clone, settings }) };
  return run("docker", ["compose", ...args], { ...options, cwd: clone.root, env });
}

/**
 * Runs what Compose does only with a configuration that is in order, such as `config`.
 * @returns its standard output
 * @throws Problem if Compose refuses the configuration
 */
export async function composeConfig(
  stack: Stack,
  args: readonly string[],
  options?: CommandOptions,
): Promise<string> {
  const { code, stdout, output } = await compose(stack, args, options);
  if (code !== 0) throw new Problem(`docker compose refuses the configuration: ${output.trim()}`);
  return stdout;
}

/** The variables that have Compose see a stack as its settings say. */
export function composeEnvironment({ settings }: Stack): Record<string, string> {
  return {
    APP: settings.app,
    BUILD_APP: buildTarget(settings.app),
    EDGE: settings.edge,
    JOBS: settings.jobs,
    SCHEDULE: settings.schedule,
    RELEASE_APP: settings.releaseApp,
    RELEASE_WEB: settings.releaseWeb,
  };
}

/**
 * Builds the images of a stack: with BuildKit's display on a terminal, otherwise line by line.
 * @param services those to build; default: all
 */
export async function build(stack: Stack, services: readonly string[] = []): Promise<void> {
  const terminal = process.stdout.isTTY;
  const args = [...(terminal ? [] : ["--progress", "plain"]), "build", ...services];
  const options = terminal ? { interactive: true } : { stream: true };
  const { code, output } = await compose(stack, args, options);
  if (code === 0) return;
  throw knownCause(output) ?? new Problem("the images could not be built: see the lines above");
}

const TARGETS: readonly (readonly [file: string, target: string])[] = [
  ["Dockerfile.web", "edge-port"],
  ["Dockerfile.web", "web"],
  ["Dockerfile.app", "app"],
  ...(isPackaged ? [] : [["Dockerfile.app", "examples"] as const]),
];

/** Builds every image into the build cache only, so that the next build of any project is quick. */
export async function warmBuildCache({ clone, settings }: Stack, nginx: boolean): Promise<void> {
  const targets = nginx ? [...TARGETS, ["Dockerfile.web", "nginx"] as const] : TARGETS;
  for (const [file, target] of targets) {
    const { code, output } = await run(
      "docker",
      [
        ...["buildx", "build", "--output", "type=cacheonly", "--progress", "plain"],
        ...["--build-arg", `NODE_IMAGE=${imageOf(settings, "node")}`],
        ...["--build-arg", `NGINX_IMAGE=${imageOf(settings, "nginx")}`],
        ...["--file", file, "--target", target, "."],
      ],
      { cwd: clone.root },
    );
    if (code === 0) continue;
    printError(output);
    throw knownCause(output) ?? new Problem(`${target} could not be built: see the lines above`);
  }
}

/** The files that Compose reads for this stack, as COMPOSE_FILE names them. */
export async function composeFiles({ clone }: Stack): Promise<string> {
  const chosen = process.env.COMPOSE_FILE || (await readEnvironment(clone)).file.COMPOSE_FILE;
  if (chosen) return chosen;
  const override = "compose.override.yaml";
  return existsSync(join(clone.root, override)) ? `compose.yaml:${override}` : "compose.yaml";
}

import type { Clone } from "../clone.ts";
import { type CommandOptions, type CommandResult, run } from "../command.ts";
import { buildTarget, type DeploySettings } from "../env/environment.ts";

/** One clone's stack, as Compose is told about it. */
export interface Stack {
  readonly clone: Clone;
  readonly settings: DeploySettings;
}

/** Runs `docker compose` for a stack. BUILD_APP follows APP, whatever .env says. */
export function compose(
  { clone, settings }: Stack,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  const env = { ...options.env, BUILD_APP: buildTarget(settings.app) };
  return run("docker", ["compose", ...args], { ...options, cwd: clone.root, env });
}

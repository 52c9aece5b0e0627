import { stat } from "node:fs/promises";
import type { Clone } from "../clone.ts";
import { run } from "../command.ts";
import type { Container } from "./containers.ts";

interface Inspected {
  readonly Created: string;
  readonly Config: { readonly Labels: Readonly<Record<string, string>> };
  readonly Mounts: readonly { readonly Type: string; readonly Source: string }[];
}

/**
 * The services whose containers were created before one of the secrets that they mount was
 * replaced. Compose does not notice: a file secret is only a path to it, and the container keeps
 * the old file.
 */
export async function servicesWithStaleSecrets(
  clone: Clone,
  containers: readonly Container[],
): Promise<string[]> {
  if (containers.length === 0) return [];
  const { stdout } = await run("docker", ["inspect", ...containers.map(({ id }) => id)]);
  const services = new Set<string>();
  for (const { Created, Config, Mounts } of JSON.parse(stdout || "[]") as Inspected[]) {
    for (const { Source } of Mounts.filter(({ Type }) => Type === "bind")) {
      if (!Source.startsWith(`${clone.secrets}/`)) continue;
      const changed = (await stat(Source).catch(() => undefined))?.ctimeMs ?? 0;
      const service = Config.Labels["com.docker.compose.service"];
      if (changed > Date.parse(Created) && service !== undefined) services.add(service);
    }
  }
  return [...services];
}

import { stat } from "node:fs/promises";
import type { Clone } from "../clone.ts";
import { run } from "../command.ts";

/** What `docker inspect` says of a container, as far as the operator's commands use it. */
export interface Inspected {
  readonly Id: string;
  /** With a slash before it. */
  readonly Name: string;
  readonly Created: string;
  readonly RestartCount: number;
  /** The id of its image. */
  readonly Image: string;
  readonly State: {
    readonly Status: string;
    readonly ExitCode: number;
    /** When it was last started, by the engine too, as RFC 3339. */
    readonly StartedAt: string;
    readonly Health?: { readonly Status: string };
  };
  readonly HostConfig: { readonly RestartPolicy: { readonly Name: string } };
  readonly Config: {
    /** The name of its image. */
    readonly Image: string;
    readonly Labels: Readonly<Record<string, string>>;
  };
  readonly NetworkSettings: {
    readonly Networks: Readonly<
      Record<string, { readonly Aliases: readonly string[] | null; readonly IPAddress: string }>
    >;
  };
  readonly Mounts: readonly { readonly Type: string; readonly Source: string }[];
}

/** Inspects containers. One that has gone is left out. */
export async function inspect(ids: readonly string[]): Promise<Inspected[]> {
  if (ids.length === 0) return [];
  const { stdout } = await run("docker", ["container", "inspect", ...ids]);
  return JSON.parse(stdout.trim() || "[]");
}

/**
 * Whether a container mounts a secret that was replaced after its creation. Compose does not notice:
 * for Compose a file secret is only a path, and the container keeps the old file.
 */
export async function hasStaleSecret(
  clone: Clone,
  { Created, Mounts }: Inspected,
): Promise<boolean> {
  for (const { Type, Source } of Mounts) {
    if (Type !== "bind" || !Source.startsWith(`${clone.secrets}/`)) continue;
    const changed = (await stat(Source).catch(() => undefined))?.ctimeMs ?? 0;
    if (changed > Date.parse(Created)) return true;
  }
  return false;
}

import { findImage } from "../docker.ts";
import { composeConfig, type Stack } from "../stack/compose.ts";
import type { Container } from "../stack/containers.ts";
import { type Inspected, inspect } from "../stack/inspected.ts";

const HASH = "com.docker.compose.config-hash";

/** What the operator does who wants the database to have it. */
export const REPLACE_DATABASE = "docker compose up --detach --force-recreate db";

/**
 * Whether the database runs as compose.yaml has it, on an image whose name another one has by now: it was pulled or
 * made anew. The database keeps its own, because nothing can replace it while it serves.
 */
export async function keepsImage(stack: Stack, containers: readonly Container[]): Promise<boolean> {
  const db = containers.find(({ service, state }) => service === "db" && state === "running");
  const [inspected] = await inspect(db === undefined ? [] : [db.id]);
  if (inspected === undefined || !(await hasOldImage(inspected))) return false;
  return (await asConfigured(stack, [inspected])).has(inspected.Id);
}

/**
 * The containers whose settings are those of compose.yaml. For Compose itself all that depends on a database with an
 * old image has changed as well.
 * @returns their ids
 * @throws Problem if Compose refuses the configuration
 */
export async function asConfigured(
  stack: Stack,
  containers: readonly Inspected[],
): Promise<Set<string>> {
  // Of the files themselves Compose 2.26 leaves out what env_file has; a container's hash is of both.
  const input = await composeConfig(stack, ["config", "--format", "json"]);
  const lines = await composeConfig(stack, ["--file", "-", "config", "--hash", "*"], { input });
  const hashes = new Map(lines.split("\n").map((line) => line.split(" ") as [string, string]));
  return new Set(
    containers.flatMap(({ Id, Config: { Labels } }) =>
      hashes.get(Labels["com.docker.compose.service"] ?? "") === Labels[HASH] ? [Id] : [],
    ),
  );
}

/** Whether the name of a container's image has another image now. */
export async function hasOldImage({ Image, Config }: Inspected): Promise<boolean> {
  const image = await findImage(Config.Image);
  return image !== undefined && image.id !== Image;
}

import { createHash } from "node:crypto";
import { cpSync, mkdtempDisposableSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { run } from "../../command.ts";
import type { Model } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";

/** What `docker compose config` printed of which text of compose.yaml. */
interface Resolved {
  readonly digest: string;
  readonly model: Model;
}

const FILE = join(import.meta.dirname, "resolved.yaml");
const HEAD = "# What Compose makes of compose.yaml, kept by `make kubernetes`: do not edit.\n";

/** What Compose resolved at the last `make kubernetes`: the tests need no Docker. */
export function readResolved(): Resolved {
  return parse(readFileSync(FILE, "utf8"));
}

/**
 * Has Compose resolve compose.yaml as a clone without .env and app.env does: what differs between
 * deployments is an overlay's.
 * @throws Problem with Compose's own message
 */
export async function resolve(root: string): Promise<Model> {
  using folder = mkdtempDisposableSync(join(tmpdir(), "gatehouse-compose-"));
  for (const file of composeFiles(root)) cpSync(join(root, file), join(folder.path, file));
  // Its variables would choose files and values: it gets what a program needs to run, and no more.
  const known = ["PATH", "HOME", "DOCKER_CONFIG"];
  const env = Object.fromEntries(
    Object.keys(process.env).map((name) => [
      name,
      known.includes(name) ? process.env[name] : undefined,
    ]),
  );
  const args = ["compose", "--project-name", "gatehouse", "--env-file", "/dev/null"];
  const { code, stdout, output } = await run(
    "docker",
    [...args, "config", "--format", "json", "--no-path-resolution"],
    { cwd: folder.path, env },
  );
  if (code !== 0) throw new Problem(`docker compose config failed:\n${output.trim()}`);
  return JSON.parse(stdout, withoutUnset);
}

/** Keeps a resolved model and the text that it is of. */
export function writeResolved(root: string, model: Model): void {
  const resolved: Resolved = { digest: digestOf(root), model };
  writeFileSync(FILE, HEAD + stringify(resolved, { lineWidth: 110, aliasDuplicateObjects: false }));
}

/** A hash of what compose.yaml and the files that it extends say; comments and layout do not count. */
export function digestOf(root: string): string {
  const texts = composeFiles(root).map((file) =>
    JSON.stringify(readYaml(root, file), withoutUnset),
  );
  return createHash("sha256").update(texts.join("\n")).digest("hex");
}

/** Without the settings that .env may set, and does not: a new one of a tier changes nothing here. */
function withoutUnset(key: string, value: unknown): unknown {
  if (key !== "environment" || typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== null));
}

/** compose.yaml as it is written: nothing is resolved but its anchors. */
export function readSource(root: string): Source {
  return readYaml(root, "compose.yaml") as Source;
}

export interface Source {
  readonly services: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly [section: string]: unknown;
}

/** compose.yaml, and the files whose services its own extend. */
function composeFiles(root: string): string[] {
  const extended = Object.values(readSource(root).services).map(
    (service) => (service.extends as { file?: string } | undefined)?.file,
  );
  return ["compose.yaml", ...new Set(extended.filter((file) => file !== undefined))];
}

function readYaml(root: string, file: string): unknown {
  return parse(readFileSync(join(root, file), "utf8"), { merge: true });
}

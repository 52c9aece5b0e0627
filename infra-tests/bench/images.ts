import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { standInTag } from "../../deploy/bare-machine/base-images/stand-ins.ts";
import { isStandIn } from "../../deploy/images.ts";
import { cloneEnvironment } from "../stack/clone.ts";

const execute = promisify(execFile);
const MOST_OUTPUT = 64 * 1024 * 1024;

/** A build in a folder of this room. */
export interface Build {
  readonly name: string;
  /** The folder, from here. */
  readonly folder: string;
  /** The Dockerfile, from there. */
  readonly file?: string;
  readonly target?: string;
  readonly args?: Readonly<Record<string, string>>;
  /** Default: one of this clone, so that nothing else of it is removed with a test's project. */
  readonly tag?: string;
}

const own = cloneEnvironment();

/** The base images, as `.env` chose them. */
const variable = (name: string, official: string): string =>
  process.env[name] || own[name] || official;
export const NODE_IMAGE = variable("NODE_IMAGE", "node:26.10.0-trixie-slim");
export const NGINX_IMAGE = variable("NGINX_IMAGE", "nginx:1.30.6-trixie");
export const POSTGRES_IMAGE = variable("POSTGRES_IMAGE", "postgres:17.6-trixie");
/** Where the others are stand-ins, no registry is in reach: then so is this one. */
export const DEBIAN_IMAGE = isStandIn(NODE_IMAGE) ? standInTag("debian") : "debian:trixie-slim";

/** Variables that a build needs to fetch over a proxy: passed from this environment. */
const PASSED_ON = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "GOPROXY", "GOSUMDB"];

/**
 * Builds an image; what has not changed comes from the build cache.
 * @returns its tag
 * @throws Error with the end of the build's output
 */
export async function build(wanted: Build): Promise<string> {
  const { folder, file, target, args = {} } = wanted;
  const context = join(import.meta.dirname, folder);
  const name = wanted.tag ?? `${own.COMPOSE_PROJECT_NAME}/bench-${wanted.name}:local`;
  process.stdout.write(`building ${name}\n`);
  const passedOn = PASSED_ON.filter((one) => process.env[one] !== undefined);
  const values = Object.entries(args).map(([key, value]) => `${key}=${value}`);
  const command = [
    ...["build", "--progress", "plain", "--tag", name],
    ...(file === undefined ? [] : ["--file", join(context, file)]),
    ...(target === undefined ? [] : ["--target", target]),
    ...[...values, ...passedOn].flatMap((value) => ["--build-arg", value]),
  ];
  try {
    await execute("docker", [...command, context], { maxBuffer: MOST_OUTPUT });
  } catch (error) {
    const output = (error as { stderr?: string }).stderr ?? String(error);
    const end = output.trimEnd().split("\n").slice(-20).join("\n");
    throw new Error(`the image ${name} could not be built:\n${end}`);
  }
  return name;
}

import { setTimeout as pause } from "node:timers/promises";
import type Docker from "dockerode";
import { run } from "./command.ts";

/** An image that the engine has. */
export interface Image {
  readonly id: string;
  /** Bytes, layers shared with other images included. */
  readonly size: number;
  /** When it was made, or has come here, whichever is later; undefined if the engine does not say. */
  readonly since: Date | undefined;
}

/** Finds an image by its tag among those that the engine has; undefined if it has none. */
export async function findImage(tag: string): Promise<Image | undefined> {
  const { code, stdout } = await run("docker", [
    ...[
      "image",
      "inspect",
      "--format",
      "{{.Id}} {{.Size}} {{.Created}} {{json .Metadata.LastTagTime}}",
      tag,
    ],
  ]);
  const [id, size, created = "", tagged = ""] = stdout.trim().split(" ");
  if (code !== 0 || id === undefined) return undefined;
  // The publishers of official images give them the date of their source.
  const times = [created, tagged.replaceAll('"', "")].map((word) => Date.parse(word));
  const since = Math.max(...times.filter((time) => !Number.isNaN(time)));
  return { id, size: Number(size), since: Number.isFinite(since) ? new Date(since) : undefined };
}

/** The processors of the machine that the engine runs on; 1 if it does not say. */
export async function engineProcessors(): Promise<number> {
  const { stdout } = await run("docker", ["info", "--format", "{{.NCPU}}"]);
  return Number(stdout.trim()) || 1;
}

/** A registry that is slower than this is not used: the operator waits. Milliseconds. */
const REGISTRY_TIMEOUT = 5_000;

const ENGINE_TIMEOUT = 5_000;

/** How often a registry is queried that says neither yes nor no: .env keeps the choice for good. */
const REGISTRY_ATTEMPTS = 3;
const REGISTRY_PAUSE = 2_000;

/** A registry that says no: it wants a password, or has no such image. */
const REFUSED = [401, 403, 404];

/**
 * Whether a registry offers an image. The engine sends the request, so its mirrors and its proxy
 * apply. Takes about 20 seconds at most; never throws.
 * @param image a full reference: "node:26.10.0-trixie-slim"
 */
export async function registryOffers(image: string): Promise<boolean> {
  const docker = await engine(REGISTRY_TIMEOUT);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await docker.getImage(image).distribution();
      return true;
    } catch (error) {
      const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
      if (attempt === REGISTRY_ATTEMPTS || REFUSED.some((each) => each === status)) return false;
      await pause(REGISTRY_PAUSE);
    }
  }
}

/** The bytes of memory that a container uses, without what the kernel keeps of files; undefined if that cannot be had. */
export async function memoryOf(id: string): Promise<number | undefined> {
  const docker = await engine(ENGINE_TIMEOUT);
  try {
    const options = { stream: false, "one-shot": true } as const;
    const { memory_stats } = await docker.getContainer(id).stats(options);
    return (
      memory_stats.usage -
      (memory_stats.stats.total_inactive_file ?? memory_stats.stats.inactive_file ?? 0)
    );
  } catch {
    return undefined;
  }
}

/** @param timeout milliseconds that a request may take */
async function engine(timeout: number): Promise<Docker> {
  // Few commands need it, and it takes a third of a second to load.
  const { default: Engine } = await import("dockerode");
  return new Engine({ ...(await engineSocket()), timeout });
}

/** The socket of the engine that the docker command uses; dockerode knows no docker contexts. */
async function engineSocket(): Promise<{ socketPath?: string }> {
  const socketPath = /^unix:\/\/(\S+)/.exec(await engineAddress())?.[1];
  return socketPath === undefined ? {} : { socketPath };
}

/** Whether the engine that the docker command uses is on another machine: its ports are published there. */
export async function isEngineElsewhere(): Promise<boolean> {
  return /^(tcp|ssh|https?):/.test(process.env.DOCKER_HOST || (await engineAddress()));
}

async function engineAddress(): Promise<string> {
  const format = ["--format", "{{.Endpoints.docker.Host}}"];
  return (await run("docker", ["context", "inspect", ...format])).stdout;
}

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { buffer } from "node:stream/consumers";
import { docker } from "../../stack/docker.ts";
import type { Chain } from "../chains/chain.ts";
import { clientContainer } from "./load.ts";

/** Connections that are open and do nothing, until it is disposed. */
export interface Idle extends AsyncDisposable {
  /** How many of them the server has closed so far. */
  readonly closed: number;
}

const OPEN_WITHIN_MS = 60_000;

/** Opens them. @throws Error if not all can be opened */
export async function holdIdle(
  chain: Chain,
  count: number,
  image: string,
  project: string,
): Promise<Idle> {
  const { hostname, port } = new URL(chain.http);
  const name = `${project}-idle-${chain.name}`;
  const child = spawn(
    "docker",
    [
      ...clientContainer(chain.network, project),
      ...["--init", "--name", name, image],
      ...["node", "/bench/idle.mjs", hostname, port, String(count)],
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  const failure = buffer(child.stderr);
  let closed = 0;
  const ready = Promise.withResolvers<void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    if (line === "ready") ready.resolve();
    if (line === "closed") closed += 1;
  });
  const late = setTimeout(() => child.kill(), OPEN_WITHIN_MS);
  const ended = once(child, "exit").then(async () => {
    throw new Error(`${chain.name} does not hold ${count} connections: ${await failure}`);
  });
  ended.catch(() => undefined);
  await Promise.race([ready.promise, ended]).finally(() => clearTimeout(late));
  return {
    get closed() {
      return closed;
    },
    async [Symbol.asyncDispose]() {
      await docker.getContainer(name).remove({ force: true });
      await ended.catch(() => undefined);
    },
  };
}

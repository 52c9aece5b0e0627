import { connect } from "node:net";
import { isEngineElsewhere } from "../docker.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";

/** Milliseconds; it is an address of this machine. */
const TIMEOUT = 2_000;

/**
 * Why nothing accepts a connection to an address of this machine. Docker publishes ports through a process of its own
 * for connections from the machine itself; that may end while the containers run on.
 * @returns an error code of connect(2); undefined if a connection is accepted
 */
function connectError(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port, timeout: TIMEOUT });
  socket
    .once("connect", () => resolve(undefined))
    .once("timeout", () => resolve("ETIMEDOUT"))
    .once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise.finally(() => socket.destroy());
}

/** @returns why a port that a running stack publishes is not one that this machine can connect to, and what to do */
export async function publishedFault(bind: string, port: number): Promise<string | undefined> {
  if (await isEngineElsewhere()) return undefined;
  const host = bind === "0.0.0.0" ? "127.0.0.1" : bind;
  const code = await connectError(host, port);
  if (code === undefined) return undefined;
  const proxy = code === "ECONNREFUSED" ? "Docker's proxy for the port may have ended: " : "";
  return (
    `${host}:${port} is published, and accepts no connection (${code}): ${proxy}` +
    "docker compose restart edge-port publishes it anew, with a gap of some seconds"
  );
}

/** @throws Problem if a published port of a running stack accepts no connection from this machine */
export async function requirePublished(bind: string, ports: readonly number[]): Promise<void> {
  for (const port of ports) {
    const fault = await publishedFault(bind, port);
    if (fault !== undefined) throw new Problem(fault, UNAVAILABLE_EXIT_CODE);
  }
}

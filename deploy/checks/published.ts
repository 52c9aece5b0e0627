import { connect } from "node:net";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";

/** Milliseconds; it is an address of this machine. */
const TIMEOUT = 2_000;

/** The address at which this machine reaches what is published on one, or on all of its addresses. */
export function reachable(bind: string): string {
  return bind === "0.0.0.0" ? "127.0.0.1" : bind;
}

/**
 * Why nothing accepts a connection to an address of this machine. Docker publishes ports through a process of its own
 * for connections from the machine itself; that may end while the containers run on.
 * @returns an error code of connect(2); undefined if a connection is accepted
 */
export function connectError(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const socket = connect({ host, port, timeout: TIMEOUT });
  socket
    .once("connect", () => resolve(undefined))
    .once("timeout", () => resolve("ETIMEDOUT"))
    .once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  return promise.finally(() => socket.destroy());
}

/** What to do where a published address accepts no connection. */
export function refuses(host: string, port: number, code: string): string {
  return (
    `${host}:${port} is published, and accepts no connection (${code}): Docker's proxy for the port has ended; ` +
    "docker compose restart edge-port starts it again, with a gap of some seconds"
  );
}

/** @throws Problem if a published port of a running stack accepts no connection from this machine */
export async function requirePublished(bind: string, ports: readonly number[]): Promise<void> {
  const host = reachable(bind);
  for (const port of ports) {
    const code = await connectError(host, port);
    if (code !== undefined) throw new Problem(refuses(host, port, code), UNAVAILABLE_EXIT_CODE);
  }
}

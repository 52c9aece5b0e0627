import { connect } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { exec, logOf } from "../stack/docker.ts";
import type { ChaosStack } from "./chaos-stack.ts";

/** Says in words what shows that a fault is there, once something does. It may throw: then nothing does yet. */
export type Sight = () => Promise<string | undefined>;

/** Looks, before a fault, at what the fault will change. */
export type Evidence = (stack: ChaosStack) => Promise<Sight>;

/** A disk is full when of so many blocks that were free not one is. */
const FULL = 100;

/** Milliseconds between two looks. */
const INTERVAL = 100;

/** Looks until something shows the fault. @returns its words; undefined if nothing does by then */
export async function seenBy(sight: Sight, deadline: number): Promise<string | undefined> {
  do {
    const words = await sight().catch(() => undefined);
    if (words !== undefined) return words;
    await pause(INTERVAL);
  } while (Date.now() < deadline);
  return undefined;
}

/**
 * Compares what was before with what is now.
 * @param words what the difference shows; false if it shows nothing
 */
export const changed =
  <Value>(
    read: (stack: ChaosStack) => Promise<Value>,
    words: (before: Value, now: Value) => string | false,
  ): Evidence =>
  async (stack) => {
    const before = await read(stack);
    return async () => words(before, await read(stack)) || undefined;
  };

/** A container's state, as the engine has it, is another one. */
export const stateIs = (wanted: "exited" | "paused", service: string, number = 1): Evidence =>
  changed(
    async (stack) => (await (await stack.container(service, number)).inspect()).State.Status,
    (before, now) => before === "running" && now === wanted && `${service}-${number} is ${wanted}`,
  );

/** A container was started anew. */
export const startedAgain = (service: string, number = 1): Evidence =>
  changed(
    async (stack) => (await (await stack.container(service, number)).inspect()).State.StartedAt,
    (before, now) => now !== before && `${service}-${number} was started at ${now}, not ${before}`,
  );

/** A worker that /status of a tier named before, at one of these admin ports, is gone. */
export const workerGone = (
  addressesOf: (stack: ChaosStack) => Promise<readonly string[]>,
): Evidence =>
  changed(
    async (stack) => await workersAtAll(await addressesOf(stack)),
    (before, now) => {
      const gone = before.filter((worker) => !now.includes(worker));
      return gone.length > 0 && now.length > 0 && `${gone} have gone, of ${before}`;
    },
  );

/** The workers of all edges and replicas. */
export async function workersOf(stack: ChaosStack): Promise<string[]> {
  const replicas = await Promise.all([stack.adminOf(1), stack.adminOf(2)]);
  return await workersAtAll([...(await stack.edgeAdmins()), ...replicas]);
}

async function workersAtAll(addresses: readonly string[]): Promise<string[]> {
  return (await Promise.all(addresses.map(workersAt))).flat();
}

/** Processes of different containers may have the same id. */
async function workersAt(address: string): Promise<string[]> {
  const { workers } = (await statusAt(address)) as { workers: { pid: number }[] };
  return workers.map(({ pid }) => `worker ${pid} at ${address}`);
}

/** What /status of an admin port says. */
export async function statusAt(address: string): Promise<unknown> {
  return await (await fetch(`http://${address}/status`)).json();
}

/** The sum of a metric of admin ports. */
export async function metricAt(addresses: readonly string[], name: string): Promise<number> {
  const pages = addresses.map(async (address) => (await fetch(`http://${address}/metrics`)).text());
  const lines = (await Promise.all(pages)).flatMap((page) => page.split("\n"));
  const values = lines.filter((line) => line.startsWith(`${name}{`));
  return values.reduce((sum, line) => sum + Number(line.split(" ").at(-1)), 0);
}

/** A container's log has a line with these words that it had not before. */
export const logged = (words: string, service: string, number = 1): Evidence =>
  changed(
    async (stack) => (await logOf(await stack.container(service, number))).split(words).length - 1,
    (before, now) => now > before && `the log of ${service}-${number} has "${words}"`,
  );

/** A folder's disk, which had room, has next to none: who finds it full frees some of its own. */
export const diskFull = (service: string, folder: string): Evidence =>
  changed(
    (stack) => numberIn(stack, service, ["stat", "-f", "-c", "%a", folder]),
    (before, now) =>
      now < before / FULL && `statfs: ${folder} had ${before} free blocks, and has ${now}`,
  );

/** The kernel killed a process of a container for its memory. */
export const killedForMemory = (service: string, number = 1): Evidence => {
  // The second file is that of control groups of version 1.
  const files = "/sys/fs/cgroup/memory.events /sys/fs/cgroup/memory/memory.oom_control";
  const line = `cat ${files} 2>/dev/null | sed -n 's/^oom_kill //p'`;
  return changed(
    (stack) => numberIn(stack, service, ["sh", "-c", line], number),
    (before, now) => now > before && `${now - before} out-of-memory kills in ${service}-${number}`,
  );
};

/** In a container no further process starts: its shell says so. The engine's own counts are not always there. */
export const processesUsedUp =
  (service: string): Evidence =>
  async (stack) => {
    const container = await stack.container(service);
    const start = () => exec(container, ["sh", "-c", "true | true"]);
    const before = await start();
    if (before.code !== 0) throw new Error(`before the fault: ${before.output}`);
    return async () => {
      const { code, output } = await start();
      return code === 0 ? undefined : `a shell in ${service}: ${output.trim()}`;
    };
  };

/** From within a container, what could be connected to cannot any more. */
export const cannotConnect =
  (
    from: { readonly service: string; readonly number?: number },
    addressOf: (stack: ChaosStack) => Promise<{ readonly host: string; readonly port: number }>,
  ): Evidence =>
  async (stack) => {
    const { host, port } = await addressOf(stack);
    const container = await stack.container(from.service, from.number);
    const failure = async () => {
      const { code, output } = await exec(container, ["node", "-e", CONNECT, host, String(port)]);
      if (code !== 0) throw new Error(output);
      return output.trim();
    };
    const before = await failure();
    if (before !== CONNECTED) throw new Error(`before the fault, ${host}:${port}: ${before}`);
    return async () => {
      const now = await failure();
      return now === CONNECTED ? undefined : `a connect to ${host}:${port}: ${now}`;
    };
  };

const CONNECTED = "connected";
const CONNECT = `
  const [host, port] = process.argv.slice(1);
  const end = (word) => { console.log(word); process.exit(); };
  require("node:net").connect({ host, port, timeout: 1000 })
    .on("connect", () => end("${CONNECTED}")).on("error", ({ code }) => end(code)).on("timeout", () => end("no response"));
`;

/** How a port responds to the first bytes of a client of Postgres. */
export interface Response {
  /** Milliseconds; undefined without a response. */
  readonly within: number | undefined;
  readonly error: string | undefined;
}

/** SSLRequest of Postgres: a server responds with one byte, before any client has named itself. */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/** Whether a Postgres speaks TLS. */
export function askPostgres(host: string, port: number, timeout: number): Promise<Response> {
  const begin = performance.now();
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (error?: string) => {
      clearTimeout(timer);
      socket.destroy();
      const within = error === undefined ? performance.now() - begin : undefined;
      resolve({ within, error });
    };
    const timer = setTimeout(() => end(`no byte within ${timeout} ms`), timeout);
    socket.on("connect", () => socket.write(SSL_REQUEST));
    socket.on("data", () => end());
    socket.on("error", (error) => end("code" in error ? String(error.code) : error.message));
    socket.on("close", () => end("closed without a byte"));
  });
}

async function numberIn(
  stack: ChaosStack,
  service: string,
  command: readonly string[],
  number = 1,
): Promise<number> {
  const { code, output } = await exec(await stack.container(service, number), command);
  if (code !== 0 || !/^\d+\s*$/.test(output)) throw new Error(`${command.join(" ")}: ${output}`);
  return Number(output);
}

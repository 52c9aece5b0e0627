import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { readdirSync, realpathSync, rmSync, statSync, symlinkSync } from "node:fs";
import { createServer, type IncomingMessage, request, type Server } from "node:http";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { VerbCall, VerbTable } from "./verbs.ts";

/** What a verb did, or why it failed; `detail` is the text behind that reason. */
export interface VerbResult {
  readonly ok: boolean;
  readonly text: string;
  readonly detail?: string;
}

const CLOSE_TIMEOUT = 1000;

/** The end of the names in a folder of control sockets. */
const SUFFIX = ".ctl";

/** Milliseconds after which a socket without a listener has been left by a process that was killed. */
const LEFT_AFTER = 60_000;

/** @param setting a path, "off", or "" for a name that is made from the service and its port */
export function controlPath(service: string, setting: string, port: number): string | undefined {
  if (setting === "off") return undefined;
  if (setting !== "") return setting;
  // No command could know a port that the system chose.
  if (port === 0) return undefined;
  return join(process.env.XDG_RUNTIME_DIR || tmpdir(), `${service}-${port}${SUFFIX}`);
}

/**
 * The control sockets of all services that share a folder, the one at `own` first; that one alone without a folder.
 * @param own the path of a service's socket, which leads into the folder
 */
export function controlPaths(own: string, folder: string): string[] {
  if (folder === "") return [own];
  const real = realOf(own);
  return [real, ...socketsIn(folder).filter((path) => path !== real)];
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

function socketsIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith(SUFFIX));
  return names.map((name) => join(realOf(folder), name));
}

/** Removes the sockets in a shared folder that killed processes have left. */
async function removeLeft(folder: string): Promise<void> {
  for (const path of socketsIn(folder)) {
    const since = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
    // Between bind and listen it has no listener either.
    if (Date.now() - since > LEFT_AFTER && !(await isOpen(path))) rmSync(path, { force: true });
  }
}

/**
 * Runs verbs that arrive on a Unix socket which only this user may open: POST /VERB with the call as
 * JSON. The response is sent when the verb is done.
 */
export class ControlSocket<Service> {
  readonly #server: Server;
  #link: string | undefined;

  constructor(verbs: VerbTable<Service>, service: Service) {
    this.#server = createServer(async (received, response) => {
      const word = (received.url ?? "").slice(1);
      const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
      const run = async () => {
        if (verb === undefined) {
          throw new Error(`no such verb; there are ${Object.keys(verbs).join(", ")}`);
        }
        return await verb.run(service, JSON.parse(await text(received)));
      };
      response.end(JSON.stringify(await resultOf(run)));
    });
  }

  /**
   * @param folder one that several services share, each in a container of its own: the socket is there, and `path`
   * leads to it; "" for none
   * @throws the listening error, or one that says that another process has the socket
   */
  async open(path: string, folder = ""): Promise<void> {
    if (await isOpen(path)) throw new Error(`${path}: another process listens there`);
    rmSync(path, { force: true });
    if (folder !== "") await removeLeft(folder);
    const own = folder === "" ? path : join(folder, `${randomUUID()}${SUFFIX}`);
    const mask = process.umask(0o177);
    this.#server.listen(own);
    process.umask(mask);
    await once(this.#server, "listening");
    if (own === path) return;
    symlinkSync(own, path);
    this.#link = path;
  }

  async close(): Promise<void> {
    if (!this.#server.listening) return;
    if (this.#link !== undefined) rmSync(this.#link, { force: true });
    const closed = once(this.#server, "close", { signal: AbortSignal.timeout(CLOSE_TIMEOUT) });
    this.#server.close();
    await closed.catch(() => undefined);
  }
}

/**
 * Runs a verb in the service that listens there; without a timeout, since a drain may take minutes.
 * @returns undefined when no service listens, or it ended before the verb was done
 */
export async function callVerb(
  socketPath: string,
  verb: string,
  call: VerbCall,
): Promise<VerbResult | undefined> {
  try {
    const sent = request({ socketPath, path: `/${verb}`, method: "POST", agent: false });
    sent.end(JSON.stringify(call));
    const [response]: IncomingMessage[] = await once(sent, "response");
    return response && JSON.parse(await text(response));
  } catch {
    return undefined;
  }
}

/**
 * Whether a service listens there; it waits for one that is frozen. Any response will do: no service has this verb, so
 * that one of an older release responds as well.
 */
export async function ping(socketPath: string): Promise<boolean> {
  return (await callVerb(socketPath, "ping", { flags: {} })) !== undefined;
}

async function resultOf(run: () => Promise<string>): Promise<VerbResult> {
  try {
    return { ok: true, text: await run() };
  } catch (error) {
    if (!(error instanceof Error)) return { ok: false, text: String(error) };
    const { message } = error;
    return "detail" in error
      ? { ok: false, text: message, detail: String(error.detail) }
      : { ok: false, text: message };
  }
}

async function isOpen(path: string): Promise<boolean> {
  const socket = createConnection(path);
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

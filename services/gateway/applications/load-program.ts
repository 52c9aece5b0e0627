import type { Server } from "node:http";
import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@gatehouse/telemetry";
import type { Hooks } from "crossws";
import type { RequestListener } from "../http/upgrades.ts";
import type { GatewaySettings } from "../settings.ts";
import { type LifespanExports, lifespanOf, type Program } from "./application.ts";
import { type Fetch, fetchProgram, webSocketUpgrade } from "./fetch-program.ts";
import { importModule, LoadFailure, loadFailure, type Namespace } from "./import-module.ts";
import { listenerProgram, serverProgram } from "./listener-program.ts";
import { NativeEntry } from "./native-entry.ts";
import { idle } from "./process-events.ts";

/** The gateway's address is what an entry that listens by itself sees as its own. */
type LoadOptions = Pick<GatewaySettings, "host" | "port" | "bootTimeout">;

interface FetchApplication extends LifespanExports {
  fetch: Fetch;
  websocket?: Partial<Hooks>;
}

const EXPECTED =
  "expected an object with fetch(request), a fetch function, a (request, response) listener, or a module that calls listen()";

/**
 * Loads the application MODULE[:EXPORT]. Without EXPORT it is, in this order: the server on which
 * the module calls listen() while it is loaded, its default export, its export `fetch`, or the
 * server on which it listens later.
 * @throws LoadFailure
 */
export async function loadProgram(
  spec: string,
  options: LoadOptions,
  logger: Logger,
): Promise<Program> {
  const [, module = spec, name] = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(spec) ?? [];
  const entry = new NativeEntry(options.host, options.port);
  const namespace = await importModule(module, (url) => entry.run(() => import(url)));
  const native = (server: Server) => serverProgram(server, lifespanOf(namespace));
  if (name === undefined && entry.server !== undefined) return native(entry.server);
  const value = name === undefined ? defaultOf(namespace) : namespace[name];
  const program = programOf(value, namespace, logger);
  if (program !== undefined) return program;
  const what = name === undefined ? "default export" : `export "${name}"`;
  const problem =
    value === undefined
      ? `it has no ${what} (it exports ${namesIn(namespace)})`
      : `its ${what} is ${kindOf(value)}`;
  if (name !== undefined) throw new LoadFailure(`${module}: ${problem}; ${EXPECTED}`);
  const server = await listensInTime(module, entry, options.bootTimeout);
  if (server !== undefined) return native(server);
  throw new LoadFailure(`${module}: ${problem}, and it never called listen(); ${EXPECTED}`);
}

/** The default export, also of a CommonJS module that was compiled from one with a default. */
function defaultOf(namespace: Namespace): unknown {
  const { default: value } = namespace;
  const compiled = value as { readonly __esModule?: boolean; readonly default?: unknown } | null;
  return (compiled?.__esModule ? compiled.default : value) ?? namespace.fetch;
}

/** A function of at most one argument is a fetch function, one of more a Node listener. */
function programOf(
  exported: unknown,
  module: LifespanExports & Pick<FetchApplication, "websocket">,
  logger: Logger,
): Program | undefined {
  const upgrade = ({ websocket }: typeof module) =>
    websocket && webSocketUpgrade(websocket, logger);
  if (isFetchApplication(exported)) {
    const fetch: Fetch = (request) => exported.fetch(request);
    return fetchProgram(fetch, lifespanOf(exported), upgrade(exported));
  }
  if (typeof exported !== "function") return undefined;
  if (exported.length > 1) return listenerProgram(exported as RequestListener, lifespanOf(module));
  return fetchProgram(exported as Fetch, lifespanOf(module), upgrade(module));
}

function isFetchApplication(value: unknown): value is FetchApplication {
  const held = (typeof value === "object" || typeof value === "function") && value !== null;
  return held && "fetch" in value && typeof value.fetch === "function";
}

/** Waits until the module listens, or nothing is left that could make it listen. */
async function listensInTime(
  module: string,
  entry: NativeEntry,
  bootTimeout: number,
): Promise<Server | undefined> {
  const failed = Promise.withResolvers<never>();
  const watch = idle();
  const over = new AbortController();
  process.once("uncaughtException", failed.reject);
  try {
    return await Promise.race([
      entry.listening,
      watch.reached.then(() => undefined),
      // Shortly before the primary's own timeout, which would hide the reason.
      pause(bootTimeout * 0.9, undefined, { ref: false, signal: over.signal }),
      failed.promise,
    ]);
  } catch (error) {
    throw await loadFailure(module, error);
  } finally {
    over.abort();
    watch.cancel();
    process.off("uncaughtException", failed.reject);
  }
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? `an object with ${namesIn(value)}` : `a ${typeof value}`;
}

function namesIn(value: object): string {
  return Object.keys(value).join(", ") || "nothing";
}

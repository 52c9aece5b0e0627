import type { Server } from "node:net";
import type { Logger } from "@gatehouse/telemetry";
import type { Hooks } from "crossws";
import type { RequestListener } from "../http/upgrades.ts";
import { type LifespanExports, lifespanOf, type Program } from "./application.ts";
import { decided, loaded, type Waiting } from "./await-site.ts";
import { useFastResponse } from "./fast-response.ts";
import { type Fetch, fetchProgram, webSocketUpgrade } from "./fetch-program.ts";
import { importModule, LoadFailure, type Namespace, resolveModule } from "./import-module.ts";
import { listenThrough } from "./listen.ts";
import { listenerProgram, serverProgram } from "./listener-program.ts";
import { mainModule } from "./main-module.ts";
import type { OwnServers } from "./own-servers.ts";
import type { ProcessEvents } from "./process-events.ts";
import { splitSpec } from "./spec.ts";

interface LoadOptions {
  readonly bootTimeout: number;
  readonly fastResponse: boolean;
  readonly logger: Logger;
  readonly events: ProcessEvents;
  readonly servers: OwnServers;
  /** Node itself has begun to load it. */
  readonly isMain: boolean;
  /** What the application has printed last, for a message. */
  lastWords(): string;
  /** Called with what responds from then on: a server that listens after the start. */
  changed(program: Program): void;
}

interface FetchApplication extends LifespanExports {
  fetch: Fetch;
  websocket?: Partial<Hooks>;
}

const EXPECTED =
  "expected an object with fetch(request), a fetch function, a (request, response) listener, or a module that calls listen() in its main thread";

/**
 * Loads the application MODULE[:EXPORT]. Without EXPORT it is, in this order: the server on which
 * the module listens, now or as soon as it is prepared, its default export, its export `fetch`.
 * @throws LoadFailure
 */
export async function loadProgram(spec: string, options: LoadOptions): Promise<Program> {
  const { logger, events, servers, isMain } = options;
  const { module, name } = splitSpec(spec);
  const file = resolveModule(module);
  const idle = events.idle();
  const waiting: Waiting = { servers, idle: idle.reached, bootTimeout: options.bootTimeout };
  try {
    const load = (url: string): Promise<Namespace> => import(url);
    const importing = importModule(module, file, (url) =>
      isMain ? mainModule(url) : listenThrough(servers, () => load(url)),
    );
    const namespace = await loaded(importing, waiting);
    const lifespan = lifespanOf(namespace ?? {});
    const native = (server: Server) => serverProgram(server, lifespan);
    servers.changed = (server) => {
      logger.warn("another server is the site from now on", { module });
      options.changed(native(server));
    };
    const value = name === undefined ? defaultOf(namespace ?? {}) : namespace?.[name];
    const exported = programOf(value, namespace ?? {}, logger);
    if (name !== undefined) servers.release();
    else {
      await decided(waiting, file, exported);
      const server = servers.decide(module);
      if (server !== undefined) return native(server);
    }
    if (exported !== undefined) {
      if (options.fastResponse && isFetch(value)) useFastResponse();
      return exported;
    }
    const problem = servers.stranger ?? problemOf(namespace, name, value);
    throw new LoadFailure(`${module}: ${problem}; ${EXPECTED}${options.lastWords()}`);
  } finally {
    idle.cancel();
  }
}

const OTHER_PROCESS =
  "; it has started another process, and a server there is not seen: name the module that calls listen() itself";

function problemOf(
  namespace: Namespace | undefined,
  name: string | undefined,
  value: unknown,
): string {
  const hint = process.getActiveResourcesInfo().includes("ProcessWrap") ? OTHER_PROCESS : "";
  if (namespace === undefined) {
    return `its top-level await never ends, and it never called listen()${hint}`;
  }
  const what = name === undefined ? "default export" : `export "${name}"`;
  if (typeof value === "object" && value !== null && "listen" in value) {
    return `nothing calls listen() of its ${what}: name the module that does, or call listen(process.env.PORT) there${hint}`;
  }
  const problem =
    value === undefined
      ? `it has no ${what} (it exports ${namesIn(namespace)})`
      : `its ${what} is ${kindOf(value)}`;
  return name === undefined ? `${problem}, and it never called listen()${hint}` : problem;
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
  if (!isFetch(exported)) return listenerProgram(exported as RequestListener, lifespanOf(module));
  return fetchProgram(exported as Fetch, lifespanOf(module), upgrade(module));
}

function isFetch(exported: unknown): boolean {
  if (typeof exported === "function" && exported.length <= 1) return true;
  return isFetchApplication(exported);
}

function isFetchApplication(value: unknown): value is FetchApplication {
  const held = (typeof value === "object" || typeof value === "function") && value !== null;
  return held && "fetch" in value && typeof value.fetch === "function";
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return typeof value === "object" ? `an object with ${namesIn(value)}` : `a ${typeof value}`;
}

function namesIn(value: object): string {
  return Object.keys(value).join(", ") || "nothing";
}

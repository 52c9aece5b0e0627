import type { Server } from "node:http";
import { resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import type { Logger } from "@gatehouse/telemetry";
import type { Program } from "./application.ts";
import { idle } from "./idle.ts";
import { importModule, type Namespace } from "./import-module.ts";
import { lifespanOf } from "./lifespan-of.ts";
import { LoadFailure, loadFailure } from "./load-failure.ts";
import { NativeEntry, nativeProgram } from "./native-entry.ts";
import { programOf } from "./program-of.ts";

export interface LoadOptions {
  /** Where the gateway listens: what an entry that listens by itself is told. */
  readonly host: string;
  readonly port: number;
  /** Milliseconds that a worker may take to start. */
  readonly bootTimeout: number;
}

const WANTED =
  "expected an object with fetch(request), a fetch function, a (request, response) listener, or a module that calls listen()";

/**
 * Loads the application MODULE[:EXPORT]. Without EXPORT it is, in this order: the server on which
 * the module calls listen() as it is loaded, its default export, its export `fetch`, or the
 * server on which it listens later.
 * @throws LoadFailure
 */
export async function loadProgram(
  spec: string,
  options: LoadOptions,
  logger: Logger,
): Promise<Program> {
  const { module, name } = parseSpec(spec);
  const entry = new NativeEntry(options.host, options.port);
  const namespace = await importModule(module, (url) => entry.run(() => import(url)));
  const native = (server: Server) => nativeProgram(server, lifespanOf(namespace));
  if (name !== undefined) return named(module, name, namespace, logger);
  if (entry.server !== undefined) return native(entry.server);
  const program = programOf(exported(namespace), namespace, logger);
  if (program !== undefined) return program;
  const server = await listensInTime(module, entry, options.bootTimeout);
  if (server !== undefined) return native(server);
  throw new LoadFailure(
    `${module}: ${describe(namespace)}, and it never called listen(); ${WANTED}`,
  );
}

function parseSpec(spec: string): { readonly module: string; readonly name: string | undefined } {
  const [, module = spec, name] = /^(.+):([\p{ID_Start}$_][\p{ID_Continue}$]*)$/u.exec(spec) ?? [];
  return { module, name };
}

function named(module: string, name: string, namespace: Namespace, logger: Logger): Program {
  if (!(name in namespace)) {
    const has = Object.keys(namespace).join(", ") || "nothing";
    throw new LoadFailure(`${module}: no export "${name}"; it exports ${has}`);
  }
  const program = programOf(namespace[name], namespace, logger);
  if (program !== undefined) return program;
  throw new LoadFailure(`${module}: its export "${name}" is ${kindOf(namespace[name])}; ${WANTED}`);
}

/** The default export, also of a CommonJS module that was compiled from one with a default. */
function exported(namespace: Namespace): unknown {
  const { default: value } = namespace;
  const compiled = value as
    | { readonly __esModule?: boolean; readonly default?: unknown }
    | undefined;
  return (compiled?.__esModule ? compiled.default : value) ?? namespace.fetch;
}

/** Waits until the module listens, or nothing is left that could make it listen. */
async function listensInTime(
  module: string,
  entry: NativeEntry,
  bootTimeout: number,
): Promise<Server | undefined> {
  const failed = Promise.withResolvers<never>();
  const watch = idle();
  const patience = new AbortController();
  process.once("uncaughtException", failed.reject);
  try {
    return await Promise.race([
      entry.listening,
      watch.reached.then(() => undefined),
      // Shortly before the primary's patience ends, so that the reason is told.
      pause(bootTimeout * 0.9, undefined, { ref: false, signal: patience.signal }),
      failed.promise,
    ]);
  } catch (error) {
    throw await loadFailure(module, pathToFileURL(resolve(module)).href, error);
  } finally {
    patience.abort();
    watch.cancel();
    process.off("uncaughtException", failed.reject);
  }
}

function describe(namespace: Namespace): string {
  const value = exported(namespace);
  if (value !== undefined)
    return `its default export is neither an object with fetch(request) nor a function but ${kindOf(value)}`;
  const has = Object.keys(namespace).join(", ") || "nothing";
  return `it has no default export (it exports ${has})`;
}

function kindOf(value: unknown): string {
  if (typeof value !== "object")
    return typeof value === "undefined" ? "undefined" : `a ${typeof value}`;
  return value === null ? "null" : `an object with ${Object.keys(value).join(", ") || "nothing"}`;
}

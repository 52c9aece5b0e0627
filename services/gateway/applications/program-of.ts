import type { Logger } from "@gatehouse/telemetry";
import type { Hooks } from "crossws";
import type { Program, RequestListener } from "./application.ts";
import { type Fetch, fetchProgram } from "./fetch-program.ts";
import { type LifespanExports, lifespanOf } from "./lifespan-of.ts";
import { listenerProgram } from "./listener-program.ts";
import { webSocketUpgrade } from "./websocket.ts";

/** The shape of TypeScript's WSGI. */
interface FetchApplication extends LifespanExports {
  fetch: Fetch;
  websocket?: Partial<Hooks>;
}

/**
 * The program that an exported value is; undefined if it is none. A function of one argument or
 * none is a fetch function, one of more a Node listener; their lifespan and websocket hooks are
 * what the module exports beside them.
 */
export function programOf(
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

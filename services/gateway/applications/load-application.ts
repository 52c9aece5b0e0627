import type { Duplex } from "node:stream";
import type { Logger } from "@gatehouse/telemetry";
import { patchGlobalRequest } from "srvx/node";
import type { ClientErrorListener } from "../http/upgrades.ts";
import type { GatewaySettings } from "../settings.ts";
import type { Application, Lifespan, Program } from "./application.ts";
import { adopt, listenerOf, upgradeFor } from "./dispatch.ts";
import { loadProgram } from "./load-program.ts";
import { loadMiddleware } from "./middleware.ts";
import { type Mount, MountTable, mountsOf } from "./mounts.ts";
import { OwnServers } from "./own-servers.ts";
import type { ProcessEvents } from "./process-events.ts";

interface Process {
  readonly events: ProcessEvents;
  /** Of the first application, whose module is the main module of this process. */
  readonly servers: OwnServers;
  /** What the applications have printed last, for a message. */
  lastWords(): string;
  /** Called when one of the applications has closed the server that is its site. */
  closed(servers: OwnServers): void;
}

/**
 * Loads the application of the settings, those mounted beside it, and the middleware.
 * @throws LoadFailure, with one line for the operator
 */
export async function loadApplication(
  settings: GatewaySettings,
  logger: Logger,
  { events, servers, lastWords, closed }: Process,
): Promise<Application> {
  // Applications may wrap the request that they receive: new Request(request, ...).
  patchGlobalRequest();
  const programs = new Map<string, Program>();
  const mounted: Mount<Program>[] = [];
  const all: OwnServers[] = [];
  let clientError: ClientErrorListener = () => undefined;
  const heed = (program: Program): Program => {
    program.server?.prependListener("clientError", (error: Error, socket: Duplex) => {
      clientError(error, socket);
    });
    return program;
  };
  for (const { path, program: module } of mountsOf(settings)) {
    let program = programs.get(module);
    if (program === undefined) {
      const isMain = mounted.length === 0;
      const own = isMain ? servers : new OwnServers(settings.port);
      own.closed = () => closed(own);
      all.push(own);
      const changed = (now: Program) => {
        heed(now);
        for (const mount of mounted) {
          if (mount.program === programs.get(module)) mount.program = now;
        }
        programs.set(module, now);
      };
      const options = { ...settings, logger, events, lastWords, servers: own, isMain, changed };
      program = heed(await loadProgram(module, options));
      programs.set(module, program);
    }
    mounted.push({ path, program });
  }
  const table = new MountTable(mounted);
  const middleware = await loadMiddleware(settings.middleware);
  return {
    ...lifeOfAll([...programs.values()]),
    listener: listenerOf(table, middleware),
    listens: [...programs.values()].every(({ listens }) => listens),
    adopt: (socket) => adopt(socket, table),
    onClientError: (listener) => {
      clientError = listener;
    },
    upgradeFor: (request) => upgradeFor(request, table, middleware),
    holdClose: (ended) => {
      for (const own of all) own.holdClose(ended);
    },
  };
}

function lifeOfAll(programs: readonly Program[]): Lifespan {
  return {
    startup: async (context) => {
      for (const program of programs) await program.startup(context);
    },
    ready: async () => {
      for (const program of programs) await program.ready();
    },
    shutdown: async (context) => {
      const failures: unknown[] = [];
      for (const program of programs.toReversed()) {
        await program.shutdown(context).catch((error: unknown) => failures.push(error));
      }
      if (failures.length > 0) throw failures[0];
    },
  };
}

import type { Logger } from "@gatehouse/telemetry";
import { patchGlobalRequest } from "srvx/node";
import type { GatewaySettings } from "../settings.ts";
import type { Application, Lifespan, Program } from "./application.ts";
import { listenerOf, upgradeFor } from "./dispatch.ts";
import { loadProgram } from "./load-program.ts";
import { loadMiddleware } from "./middleware.ts";
import { type Mount, MountTable, mountsOf } from "./mounts.ts";
import { SignalListeners } from "./process-events.ts";

/**
 * Loads the application of the settings, those mounted beside it, and the middleware.
 * @throws LoadFailure, with one line for the operator
 */
export async function loadApplication(
  settings: GatewaySettings,
  logger: Logger,
): Promise<Application> {
  // Applications may wrap the request that they receive: new Request(request, ...).
  patchGlobalRequest();
  const signals = new SignalListeners();
  const programs = new Map<string, Program>();
  const mounted: Mount<Program>[] = [];
  for (const { path, program: module } of mountsOf(settings)) {
    const program = programs.get(module) ?? (await loadProgram(module, settings, logger));
    programs.set(module, program);
    mounted.push({ path, program });
  }
  const table = new MountTable(mounted);
  const middleware = await loadMiddleware(settings.middleware);
  return {
    ...lifeOfAll([...programs.values()], signals),
    listener: listenerOf(table, middleware),
    upgradeFor: (request) => upgradeFor(request, table, middleware),
  };
}

function lifeOfAll(programs: readonly Program[], signals: SignalListeners): Lifespan {
  return {
    startup: async (context) => {
      for (const program of programs) await program.startup(context);
      signals.take();
    },
    ready: async () => {
      for (const program of programs) await program.ready();
    },
    shutdown: async (context) => {
      const failures: unknown[] = [];
      for (const program of programs.toReversed()) {
        await program.shutdown(context).catch((error: unknown) => failures.push(error));
      }
      await signals.deliver();
      if (failures.length > 0) throw failures[0];
    },
  };
}

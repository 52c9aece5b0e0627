import { readSettings } from "@gatehouse/settings";
import { defineHooks } from "crossws";
import { type Application, startApplication } from "./application.ts";
import type { GatewayContext } from "./context.ts";
import { Pool } from "./database/pool.ts";
import { appSettings } from "./settings.ts";

let running: (Application & { readonly ready: () => Promise<void> }) | undefined;

function started() {
  if (running !== undefined) return running;
  throw new Error("the application is not started: call startup(context) first");
}

/** The application that the gateway loads (wsgi.py in Django). */
export default {
  startup(context: GatewayContext): void {
    const { values } = readSettings(appSettings, context.settings, []);
    const pool = new Pool(values, context.logger);
    const application = startApplication(pool, values, context);
    const ready = async () => {
      await application.prepare();
      await pool.ready();
    };
    running = { ...application, ready };
  },
  fetch: (request: Request): Response | Promise<Response> => started().site.fetch(request),
  websocket: defineHooks({
    upgrade: (request) => started().websocket.upgrade?.(request),
    open: (peer) => started().websocket.open?.(peer),
    close: (peer, details) => started().websocket.close?.(peer, details),
  }),
  ready: (): Promise<void> => started().ready(),
  shutdown: async (): Promise<void> => running?.close(),
};

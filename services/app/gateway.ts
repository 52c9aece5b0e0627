import { readSettings } from "@gatehouse/settings";
import type { GatewayContext } from "./context.ts";
import { Pool } from "./models/pool.ts";
import { appSettings } from "./settings.ts";
import { createSite, type Site } from "./site.ts";

let running: { readonly pool: Pool; readonly site: Site } | undefined;

function started() {
  if (running === undefined)
    throw new Error("the site is not started: call startup(context) first");
  return running;
}

/** What the gateway loads: the site as an application (what wsgi.py is to Django). */
export default {
  startup(context: GatewayContext): void {
    const { values } = readSettings(appSettings, context.settings, []);
    const pool = new Pool(values, context.logger);
    running = { pool, site: createSite(pool, context) };
  },
  fetch: (request: Request): Response | Promise<Response> => started().site.fetch(request),
  ready: (): Promise<void> => started().pool.ready(),
  shutdown: async (): Promise<void> => running?.pool.close(),
};

import type { LifespanContext } from "../worker/lifespan.ts";
import type { Lifespan } from "./application.ts";

/** What an application's module may hold beside its way to answer. */
export interface LifespanExports {
  startup?(context: LifespanContext): unknown;
  ready?(): unknown;
  shutdown?(context: LifespanContext): unknown;
}

/** The lifespan that an application exports; a part that it has not is nothing to wait for. */
export function lifespanOf(application: LifespanExports): Lifespan {
  return {
    startup: async (context) => void (await application.startup?.(context)),
    ready: async () => void (await application.ready?.()),
    shutdown: async (context) => void (await application.shutdown?.(context)),
  };
}

import type { Context } from "hono";
import type { Ask } from "./models/database.ts";
import type { Page } from "./templates/page.ts";

export interface Logger {
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  error(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/** What this application uses of the context that its gateway hands to `startup`. */
export interface GatewayContext {
  /** The environment; `settings.ts` says which variables count. */
  readonly settings: Readonly<Record<string, string | undefined>>;
  readonly logger: Logger;
  readonly replica: string;
  readonly worker: { readonly id: number; readonly pid: number };
}

/** What the middleware has laid out by the time a view runs. */
export interface SiteEnv {
  Variables: {
    page: Page;
    ask: Ask;
    /** Milliseconds that this request has spent on the database; undefined: none was asked. */
    databaseTime: number | undefined;
  };
}

export type ViewContext = Context<SiteEnv>;

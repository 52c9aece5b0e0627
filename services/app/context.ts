import type { Context } from "hono";
import type { EventStreams } from "./live/event-streams.ts";
import type { PictureStore } from "./media/picture-store.ts";
import type { Visitor } from "./middleware/visitor.ts";
import type { Ask, DatabaseAccess } from "./models/database.ts";
import type { AppValues } from "./settings.ts";
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
  /** Aborted when the worker begins to drain. */
  readonly signal: AbortSignal;
}

/** What the site stands on, the same for every request of a worker. */
export interface SiteParts {
  readonly access: DatabaseAccess;
  readonly pictures: PictureStore;
  readonly streams: EventStreams;
  readonly values: AppValues;
}

/** What the middleware has laid out by the time a view runs. */
export interface SiteEnv {
  Variables: {
    parts: SiteParts;
    page: Page;
    ask: Ask;
    visitor: Visitor;
    /** What the page before has to say. */
    flash: string | undefined;
    /** Milliseconds that this request has spent on the database; undefined: none was asked. */
    databaseTime: number | undefined;
  };
}

export type ViewContext = Context<SiteEnv>;

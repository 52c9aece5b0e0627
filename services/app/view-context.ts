import type { Context } from "hono";
import type { Span } from "./context.ts";
import type { DatabaseAccess, Query } from "./database/access.ts";
import type { DatabaseUnavailable } from "./database/failure.ts";
import type { Shares } from "./limits/shares.ts";
import type { EventStreams } from "./live/event-streams.ts";
import type { PictureStore } from "./media/picture-store.ts";
import type { User } from "./models/user.ts";
import type { AppValues } from "./settings.ts";
import type { Page } from "./templates/page.ts";

/** The same for every request of a worker. */
export interface SiteParts {
  readonly access: DatabaseAccess;
  readonly pictures: PictureStore;
  readonly streams: EventStreams;
  /** Passwords that are hashed, and uploads that are received, at this moment. */
  readonly shares: Readonly<Record<"hashes" | "uploads", Shares>>;
  readonly values: AppValues;
}

export interface Visitor {
  /** Undefined for a guest, and for everyone while the database is unavailable. */
  readonly user: User | undefined;
  readonly token: string | undefined;
  /** Set if the session could not be read. Pages that need no account are shown all the same. */
  readonly unknown: DatabaseUnavailable | undefined;
}

export interface SiteEnv {
  Variables: {
    parts: SiteParts;
    page: Page;
    query: Query;
    visitor: Visitor;
    flash: string | undefined;
    /** The request's own span; undefined where it is not recorded. */
    span: Span | undefined;
    /** Milliseconds that this request has spent on the database; undefined: no query. */
    databaseTime: number | undefined;
  };
}

export type ViewContext = Context<SiteEnv>;

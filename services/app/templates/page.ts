import type { html } from "hono/html";
import type { User } from "../models/user.ts";
import type { UrlName } from "../urls.ts";

/** A piece of HTML; every inserted value is escaped. */
export type Markup = ReturnType<typeof html>;

export interface Page {
  /** The address of a file of static/: asset("style.css"). */
  readonly asset: (name: string) => string;
  /** The path of a named address of urls.ts: url("notice", 7). */
  readonly url: (name: UrlName, value?: number | string) => string;
  readonly path: string;
  readonly requestId: string;
  /** Whether all guests share one copy: it must not name the request that it was made for. */
  readonly shared: boolean;
  /** The scheme between the browser and the web server: http or https. */
  readonly scheme: string;
  readonly replica: string;
  readonly worker: { readonly id: number; readonly pid: number };
  /** Milliseconds spent on the database so far; undefined: no query. */
  readonly databaseTime: () => number | undefined;
  readonly user: User | undefined;
  /** The database is down, so the session could not be read. */
  readonly accountsOut: boolean;
  /** The value of the hidden field "csrf" of forms; "" for a guest. */
  readonly csrf: string;
  readonly flash: string | undefined;
}

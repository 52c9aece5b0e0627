import type { User } from "../models/user.ts";
import type { UrlName } from "../urls.ts";

/** What every template may use, whichever page it makes. */
export interface Page {
  /** The address of a file of static/: asset("style.css"). */
  readonly asset: (name: string) => string;
  /** The path of a named address of urls.ts: url("notice", 7). */
  readonly url: (name: UrlName, value?: number | string) => string;
  /** The path that was asked for. */
  readonly path: string;
  readonly requestId: string;
  /** One copy is for every guest, so it must not name the request that it was made for. */
  readonly shared: boolean;
  /** How the visitor reached the web server: http or https. */
  readonly scheme: string;
  readonly replica: string;
  readonly worker: { readonly id: number; readonly pid: number };
  /** Milliseconds spent on the database so far; undefined: none was asked. */
  readonly databaseTime: () => number | undefined;
  /** Who is signed in. */
  readonly user: User | undefined;
  /** The database is down: nobody can tell who is signed in. */
  readonly accountsOut: boolean;
  /** The token for the hidden field "csrf" of every form that posts; "" for a guest. */
  readonly csrf: string;
  /** What the page before has to say. */
  readonly flash: string | undefined;
}

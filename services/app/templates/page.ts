/** What every template may use, whichever page it makes. */
export interface Page {
  /** The address of a file of static/: asset("style.css"). */
  readonly asset: (name: string) => string;
  /** The path of a named address of urls.ts. */
  readonly url: (name: string) => string;
  readonly requestId: string;
  /** How the visitor reached the web server: http or https. */
  readonly scheme: string;
  readonly replica: string;
  readonly worker: { readonly id: number; readonly pid: number };
  /** Milliseconds spent on the database so far; undefined: none was asked. */
  readonly databaseTime: () => number | undefined;
}

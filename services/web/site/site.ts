/**
 * The words in which site.ts says what the site is. They are the same for every deployment of it;
 * what differs between deployments is a setting.
 */
export interface Site {
  /** Paths that are files of the edge's own disk. */
  readonly files: readonly FileMount[];
  /** Files that only the application can have sent, by X-Accel-Redirect. */
  readonly internal: readonly FileMount[];
  /** Paths that the application answers; the longest prefix that fits counts. */
  readonly routes: readonly ProxyRoute[];
  /** Fields that every answer carries which does not say them itself. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A folder of files under a prefix of the paths. */
export interface FileMount {
  /** With both slashes: "/assets/". */
  readonly prefix: string;
  /** The folder that holds the files. */
  readonly folder: string;
  /** The names change with the content, so that browsers may keep a file forever. */
  readonly immutable: boolean;
  /** What a folder's own path shows, such as "index.html"; undefined shows nothing. */
  readonly index: string | undefined;
  /**
   * What is served where there is no such file, as nginx's try_files: another file of the mount,
   * or "proxy" for the application; undefined answers 404.
   */
  readonly fallback: string | "proxy" | undefined;
}

/** How requests below a prefix reach the application. */
export interface ProxyRoute {
  /** With both slashes, or "/" for all that is left. */
  readonly prefix: string;
  /** Stands in metrics and in the access log. */
  readonly name: string;
  /** The largest request body, in bytes; WEB_LIMIT_REQUEST_BODY bounds it in any case. */
  readonly bodyLimit: number | undefined;
  /**
   * "stream" hands the body on as it comes. "gather" does so once all of it has come, or the first
   * 16 KiB, so that clients that hardly send hold no worker. "buffer" takes all of it first (memory,
   * then disk), so that no slow client at all does, and the request may be tried again.
   */
  readonly body: "stream" | "gather" | "buffer";
  /**
   * Who says 100 Continue to a client that waits for it with its body: "edge" at once, as nginx
   * does; "application" passes the question on, so that a refusal saves the upload.
   */
  readonly continues: "edge" | "application";
  /** Whether answers that allow it by their own Cache-Control are kept and shared. */
  readonly cache: boolean;
  /** Milliseconds; undefined leaves a limit to the settings. */
  readonly timeouts: RouteTimeouts;
  /** Requests a second of one client, and how many it may be ahead; undefined for no limit. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | undefined;
}

export interface RouteTimeouts {
  /** Without a byte of the request's body being taken. */
  readonly send?: number;
  /** From the request's last byte to the answer's first. */
  readonly firstByte?: number;
  /** Between two pieces of the answer. */
  readonly betweenBytes?: number;
  /** From the request's head to the answer's end; undefined for an answer of any length. */
  readonly total?: number;
}

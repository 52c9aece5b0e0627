/**
 * What site.ts says of the site. It is the same for every deployment; what differs between
 * deployments is a setting.
 */
export interface Site {
  /** Folders of files that the edge serves. */
  readonly files: readonly FileMount[];
  /** Folders of files that only the application can have sent, by X-Accel-Redirect. */
  readonly internal: readonly FileMount[];
  /** Paths of the application; the longest prefix that fits counts. */
  readonly routes: readonly ProxyRoute[];
  /** Fields that every response to a well-formed request gets which does not have them. */
  readonly headers: Readonly<Record<string, string>>;
  /** Strict-Transport-Security of responses over HTTPS that have none; undefined for none. */
  readonly hsts?: string | undefined;
}

/** A folder of files under a prefix of the paths. */
export interface FileMount {
  readonly prefix: string;
  readonly folder: string;
  /**
   * Whether names change with the content, so that browsers may keep a file forever: those that show a hash
   * (true), or all of them ("all"), where a build gives names that do not look like it, as Next's does.
   */
  readonly immutable: boolean | "all";
  /** The file for a folder's own path, such as "index.html"; undefined for 404. */
  readonly index: string | undefined;
  /**
   * What is served where there is no such file, as nginx's try_files: another file of the mount,
   * or "proxy" for the application; undefined for 404.
   */
  readonly fallback: string | "proxy" | undefined;
}

/** How requests below a prefix reach the application. */
export interface ProxyRoute {
  /**
   * With both slashes, or "/" for all other paths. "/login/" is the prefix of "/login" too. A path that
   * applications read in several ways ("/LOGIN/", "/x/../login/", "//login/") has what each of its routes says.
   */
  readonly prefix: string;
  readonly name: string;
  /** The largest request body, in bytes; WEB_LIMIT_REQUEST_BODY bounds it in any case. */
  readonly bodyLimit: number | undefined;
  /**
   * "stream" forwards the body as it is received. "gather" begins once all of it was received, or
   * the first 16 KiB, so that clients that hardly send hold no worker. "buffer" receives all of it
   * first (memory, then disk), so that no slow client at all does, and the request may be retried.
   */
  readonly body: "stream" | "gather" | "buffer";
  /**
   * What sends 100 Continue to a client that waits for it with its body: "edge" at once, as nginx
   * does; "application" forwards the Expect field, so that a refusal saves the upload.
   */
  readonly continues: "edge" | "application";
  /** Whether responses that allow it by their own Cache-Control are stored and shared. */
  readonly cache: boolean;
  /** Milliseconds; undefined leaves a limit to the settings. */
  readonly timeouts: RouteTimeouts;
  /** Requests a second of one client, and how many it may be ahead; undefined for no limit. */
  readonly rate: { readonly perSecond: number; readonly burst: number } | undefined;
  /**
   * What keeps the requests of one client at one replica, and there at one worker: "client", its
   * address (an IPv6 /64 counts as one); "cookie", a random one that the edge sets, for clients behind
   * one address. Undefined: Engine.IO (Socket.IO) by "client", nothing else. "off": nothing at all.
   */
  readonly affinity?: "cookie" | "client" | "off" | undefined;
}

export interface RouteTimeouts {
  /** Without a byte of the request's body being taken. */
  readonly send?: number;
  /** From the request's last byte to the response's first. */
  readonly firstByte?: number;
  /** Between two pieces of the response. */
  readonly betweenBytes?: number;
  /** From the request's head to the response's end; undefined for a response of any length. */
  readonly total?: number;
}

import type { Server } from "node:net";
import { LoadFailure } from "./import-module.ts";
import { holdClose, OwnServer, type Requested } from "./own-server.ts";

/**
 * The servers on which one application calls `listen()`. One of them is the site: the one on `PORT`,
 * or else the only one. It binds no port, but gets the gateway's requests. The others really open.
 */
export class OwnServers {
  readonly #port: number;
  readonly #found = Promise.withResolvers<void>();
  /** Resolves once a server listens on PORT. */
  readonly found = this.#found.promise;
  readonly #listening = new Set<OwnServer>();
  /** Of those, the ones that may be the site or not. */
  readonly #undecided = new Set<OwnServer>();
  /** Of those, the ones that the gateway cannot serve, where the site should be. */
  readonly #strangers = new Set<OwnServer>();
  /** Those that it cannot serve, elsewhere, as far as they listened before the decision. */
  readonly #others = new Set<Pick<OwnServer, "server" | "requested">>();
  /** A server listens by a descriptor or a handle: Node does it. */
  #handled = false;
  #site: OwnServer | undefined;
  /** The site's, also after it was closed. */
  #served: Server | undefined;
  /** Where the site listens, also after it was closed. */
  #sitePlace: Requested | undefined;
  #decided = false;
  #next = Promise.withResolvers<void>();
  /** Called with a server that becomes the site after `decide()`. */
  changed: ((site: Server) => void) | undefined;
  /** Called when the application has closed the site. */
  closed: (() => void) | undefined;

  /** @param port the gateway's; 0 where it is not known yet */
  constructor(port: number) {
    this.#port = port;
  }

  /** Resolves once another server listens that may be the site. */
  next(): Promise<void> {
    return this.#next.promise;
  }

  /** Whether a server listens that may be the site. */
  get any(): boolean {
    return this.#site !== undefined || this.#undecided.size > 0;
  }

  /**
   * Decides for the site. From now on servers are others, unless they listen on PORT.
   * @throws LoadFailure where it could be one of several
   */
  decide(module: string): Server | undefined {
    const site = this.#site ?? this.#only(module);
    if (site !== undefined && site !== this.#site) this.#elect(site);
    this.#decided = true;
    return site?.server;
  }

  /** No server is the site, but an export: also where one listens on PORT, now or later. */
  release(): void {
    this.#decided = true;
    this.changed = undefined;
    this.closed = undefined;
    for (const own of this.#undecided) own.open();
    this.#undecided.clear();
  }

  /** Has the server on PORT, if it is closed from now on, emit "close" after `ended`, also beside an export. */
  holdClose(ended: Promise<void>): void {
    if (this.#site !== undefined) holdClose(this.#site.server, ended);
  }

  /** Where the site listens, if that is not the gateway's port: the application may call itself there. */
  get ownPort(): number | undefined {
    const { port, path } = this.#site?.requested ?? { port: 0 };
    return port === 0 || port === this.#port || path !== undefined ? undefined : port;
  }

  /** Whether a server that the gateway cannot serve listens where the site should. */
  get taken(): boolean {
    return this.#strangers.size > 0;
  }

  /** What listens and cannot be served, for a message. */
  get stranger(): string | undefined {
    const taking = [...this.#strangers, ...this.#others];
    const stranger = taking.find(({ server }) => server.listening);
    if (stranger === undefined) {
      return this.#handled
        ? "its server listens by a descriptor or a handle, which is not the gateway's: have it listen on process.env.PORT"
        : undefined;
    }
    const { name } = stranger.server.constructor;
    const what = name === "Server" ? "server of node:net" : name;
    return `a ${what} listens on ${placeOf(stranger.requested)}, and the gateway cannot serve it: the site is a server of node:http or node:https, or of node:http2 with a listener for "request"`;
  }

  /** A server of HTTP listens by a descriptor or a handle. */
  handled(): void {
    this.#handled = true;
  }

  /** Another worker has begun or ended. */
  followFellows(): void {
    for (const own of this.#listening) void own.followFellows();
  }

  /** Has a server listen, as far as the application sees. @returns false where it cannot: EADDRINUSE */
  listen(server: Server, requested: Requested): boolean {
    const own = this.#add(server, requested);
    if (own === undefined) return false;
    // Fastify listens a second time for "localhost", by its other address: it is the same site.
    const isSecond = this.#site !== undefined && sharePort(this.#site.requested, requested);
    if (!isSecond) {
      if (this.#isSitePlace(requested)) this.#elect(own);
      else if (!this.#decided && this.#site === undefined) this.#hesitate(own);
      else own.open();
    }
    own.announceSoon();
    return true;
  }

  /**
   * The same for a server that does not speak HTTP. On the port of the site it only seems to listen:
   * get-port and portfinder try in this way whether that is free. Elsewhere it really does, by Node.
   * @returns undefined where Node is to do it
   */
  listenOtherwise(server: Server, requested: Requested): boolean | undefined {
    if (!this.#isSitePlace(requested)) {
      // Later they are of no interest, and an application may open and close such servers all its life.
      if (!this.#decided) this.#others.add({ server, requested });
      return undefined;
    }
    const own = this.#add(server, requested);
    if (own === undefined) return false;
    this.#strangers.add(own);
    own.announceSoon();
    return true;
  }

  #add(server: Server, requested: Requested): OwnServer | undefined {
    const rivals = [...this.#listening].filter((one) => sharePort(one.requested, requested));
    if (rivals.some((one) => one.requested.host === requested.host)) return undefined;
    const own: OwnServer = new OwnServer(server, requested, () => this.#forget(own));
    this.#listening.add(own);
    return own;
  }

  /** @throws LoadFailure */
  #only(module: string): OwnServer | undefined {
    const waiting = [...this.#undecided];
    // One that takes any port is found by its own program only.
    const chosen = waiting.filter(({ requested }) => !takesAny(requested));
    const candidates = chosen.length > 0 ? chosen : waiting;
    const [first] = candidates;
    if (first === undefined) return undefined;
    const other = candidates.find(
      (one) => one !== first && !sharePort(first.requested, one.requested),
    );
    if (other === undefined) return first;
    const [one, two] = [placeOf(first.requested), placeOf(other.requested)];
    throw new LoadFailure(
      `${module}: it listens on ${one} and on ${two}, and PORT is ${process.env.PORT || "not set"}: which server is the site? Have the site's server listen on process.env.PORT, or set PORT to where it listens`,
    );
  }

  #hesitate(own: OwnServer): void {
    this.#undecided.add(own);
    this.#next.resolve();
    this.#next = Promise.withResolvers();
  }

  #elect(site: OwnServer): void {
    if (this.#site !== undefined) this.#undecided.add(this.#site);
    this.#undecided.delete(site);
    this.#site = site;
    this.#sitePlace = site.requested;
    site.serve(this.#port);
    for (const other of this.#undecided) {
      if (!sharePort(other.requested, site.requested)) other.open();
    }
    this.#undecided.clear();
    this.#found.resolve();
    if (this.#decided && site.server !== this.#served) this.changed?.(site.server);
    this.#served = site.server;
  }

  #forget(own: OwnServer): void {
    this.#listening.delete(own);
    this.#undecided.delete(own);
    this.#strangers.delete(own);
    if (this.#site !== own) return;
    this.#site = undefined;
    if (this.#decided) this.closed?.();
  }

  #isSitePlace(requested: Requested): boolean {
    if (this.#sitePlace !== undefined && sharePort(this.#sitePlace, requested)) return true;
    // The application may change it: dotenv, with `override`.
    const { PORT } = process.env;
    if (requested.path !== undefined) return requested.path === PORT;
    return requested.port !== 0 && [this.#port, Number(PORT)].includes(requested.port);
  }
}

/** How it stands in a message. */
function placeOf({ port, path }: Requested): string {
  if (path !== undefined) return `the socket ${path}`;
  return port === 0 ? "any port (0)" : `port ${port}`;
}

function takesAny({ port, path }: Requested): boolean {
  return path === undefined && port === 0;
}

function sharePort(one: Requested, other: Requested): boolean {
  return !takesAny(one) && one.port === other.port && one.path === other.path;
}

import type { Server } from "node:net";
import { LoadFailure } from "./import-module.ts";
import { OwnServer, type Requested } from "./own-server.ts";

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
  #site: OwnServer | undefined;
  /** Where the site listens, also after it was closed. */
  #sitePlace: Requested | undefined;
  #decided = false;
  #next = Promise.withResolvers<void>();
  /** Called with a server that becomes the site after `decide()`. */
  changed: ((site: Server) => void) | undefined;

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
    this.#decided = true;
    if (this.#site !== undefined) return this.#site.server;
    const waiting = [...this.#undecided];
    // One that takes any port is found by its own program only.
    const chosen = waiting.filter(({ requested }) => !takesAny(requested));
    const candidates = chosen.length > 0 ? chosen : waiting;
    const [first] = candidates;
    if (first === undefined) return undefined;
    const other = candidates.find(
      (one) => one !== first && !sharePort(first.requested, one.requested),
    );
    if (other !== undefined) {
      throw new LoadFailure(
        `${module}: it listens on ${first.name} and on ${other.name}, and PORT is ${process.env.PORT || "not set"}: which server is the site? Have the site's server listen on process.env.PORT, or set PORT to where it listens`,
      );
    }
    this.#elect(first);
    return first.server;
  }

  /** No server is the site, but an export. */
  release(): void {
    this.#decided = true;
    for (const own of this.#undecided) own.open();
    this.#undecided.clear();
  }

  /** Has a server listen, as far as the application sees. @returns false where it cannot: EADDRINUSE */
  listen(server: Server, requested: Requested): boolean {
    const rivals = [...this.#listening].filter((one) => sharePort(one.requested, requested));
    if (rivals.some((one) => one.requested.host === requested.host)) return false;
    const own: OwnServer = new OwnServer(server, requested, () => this.#forget(own));
    this.#listening.add(own);
    // Fastify listens a second time for "localhost", by its other address: it is the same site.
    const isSecond = this.#site !== undefined && rivals.includes(this.#site);
    if (!isSecond) {
      if (this.#isSitePlace(requested)) this.#elect(own);
      else if (!this.#decided && this.#site === undefined) this.#hesitate(own);
      else {
        own.open();
        return true;
      }
    }
    setImmediate(() => own.announce());
    return true;
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
    if (this.#decided) this.changed?.(site.server);
  }

  #forget(own: OwnServer): void {
    this.#listening.delete(own);
    this.#undecided.delete(own);
    if (this.#site === own) this.#site = undefined;
  }

  #isSitePlace(requested: Requested): boolean {
    if (this.#sitePlace !== undefined && sharePort(this.#sitePlace, requested)) return true;
    // The application may change it: dotenv, with `override`.
    const { PORT } = process.env;
    if (requested.path !== undefined) return requested.path === PORT;
    return requested.port !== 0 && [this.#port, Number(PORT)].includes(requested.port);
  }
}

function takesAny({ port, path }: Requested): boolean {
  return path === undefined && port === 0;
}

function sharePort(one: Requested, other: Requested): boolean {
  return !takesAny(one) && one.port === other.port && one.path === other.path;
}

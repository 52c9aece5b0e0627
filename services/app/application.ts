import type { Hooks } from "crossws";
import type { GatewayContext } from "./context.ts";
import type { DatabaseAccess, Query } from "./database/access.ts";
import { EventStreams } from "./live/event-streams.ts";
import { Feed } from "./live/feed.ts";
import { Presence } from "./live/presence.ts";
import { PictureStore, sweepPictures } from "./media/picture-store.ts";
import type { AppValues } from "./settings.ts";
import { createSite, type Site } from "./site.ts";
import { admitReader, describeEvent } from "./views/live.ts";

/** One worker's part of the site: the pages, and the connections that keep open pages current. */
export class Application {
  readonly #access: DatabaseAccess;
  readonly #feed: Feed;
  readonly #streams: EventStreams;
  readonly #presence: Presence;
  readonly #stopSweeping: () => void;
  readonly site: Site;

  constructor(access: DatabaseAccess, values: AppValues, context: GatewayContext) {
    const { logger, signal } = context;
    const query: Query = (work) => access.query(work);
    this.#access = access;
    this.#feed = new Feed(access);
    this.#streams = new EventStreams(this.#feed, describeEvent(query), values.liveStreams, logger);
    this.#presence = new Presence(query, this.#feed, admitReader(query), logger);
    const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
    this.#stopSweeping = sweepPictures(pictures, query, logger);
    this.site = createSite({ access, pictures, streams: this.#streams, values }, context);
    // A stream does not end by itself: the drain would wait for it until its deadline.
    signal.addEventListener("abort", () => this.#streams.end(), { once: true });
  }

  get websocket(): Partial<Hooks> {
    return this.#presence.hooks;
  }

  /** Resolves when the worker may start. @throws Error with the reason why it may not */
  ready(): Promise<void> {
    return this.#access.ready();
  }

  async close(): Promise<void> {
    this.#streams.end();
    this.#stopSweeping();
    await this.#presence.end();
    await this.#feed.close();
    await this.#access.close();
  }
}

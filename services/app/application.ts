import type { Hooks } from "crossws";
import { type Asset, readAssets } from "./assets.ts";
import type { GatewayContext } from "./context.ts";
import { EventStreams } from "./live/event-streams.ts";
import { Feed } from "./live/feed.ts";
import { Presence } from "./live/presence.ts";
import { collectStatic } from "./management/collectstatic.ts";
import { PictureStore } from "./media/picture-store.ts";
import { sweepPictures } from "./media/sweeper.ts";
import type { Ask, DatabaseAccess } from "./models/database.ts";
import type { AppValues } from "./settings.ts";
import { createSite, type Site } from "./site.ts";
import { reverse } from "./urls.ts";
import { describeEvent } from "./views/events.ts";
import { admitReader } from "./views/readers.ts";

/** One worker's share of the site: the pages, and what keeps open pages up to date. */
export class Application {
  readonly #access: DatabaseAccess;
  readonly #feed: Feed;
  readonly #streams: EventStreams;
  readonly #presence: Presence;
  readonly #stopSweeping: () => void;
  readonly #values: AppValues;
  /** What the pages of this worker link. */
  readonly #assets: readonly Asset[] = readAssets();
  readonly site: Site;

  constructor(access: DatabaseAccess, values: AppValues, context: GatewayContext) {
    const { logger, signal } = context;
    const ask: Ask = (work) => access.ask(work);
    this.#access = access;
    this.#values = values;
    this.#feed = new Feed(access);
    this.#streams = new EventStreams(
      this.#feed,
      describeEvent(ask, reverse),
      values.liveStreams,
      logger,
    );
    this.#presence = new Presence(access, this.#feed, admitReader(ask), logger);
    const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
    this.#stopSweeping = sweepPictures(pictures, ask, logger);
    const parts = { access, pictures, streams: this.#streams, values };
    this.site = createSite(parts, context, this.#assets);
    // A stream never ends by itself: the drain would wait for it until its deadline.
    signal.addEventListener("abort", () => this.#streams.end(), { once: true });
  }

  get websocket(): Partial<Hooks> {
    return this.#presence.hooks;
  }

  /** Gates the start. @throws Error that says why it may not start yet, or not with these settings */
  async ready(): Promise<void> {
    // A page must not link a file that the web server does not have yet.
    if (this.#values.collectAtStart === "yes") await collectStatic(this.#values, this.#assets);
    await this.#access.ready();
  }

  async close(): Promise<void> {
    this.#streams.end();
    this.#stopSweeping();
    await this.#presence.end();
    await this.#feed.close();
    await this.#access.close();
  }
}

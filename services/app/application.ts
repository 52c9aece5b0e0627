import { readAssets } from "./assets.ts";
import type { GatewayContext } from "./context.ts";
import type { DatabaseAccess, Query } from "./database/access.ts";
import { Shares } from "./limits/shares.ts";
import { EventStreams } from "./live/event-streams.ts";
import { Feed } from "./live/feed.ts";
import { trackReaders } from "./live/presence.ts";
import { collectStatic } from "./management/collectstatic.ts";
import { PictureStore } from "./media/picture-store.ts";
import { HASHES_AT_ONCE } from "./models/password.ts";
import type { AppValues } from "./settings.ts";
import { createSite } from "./site.ts";
import { admitReader, describeEvent } from "./views/live.ts";

/** The most at a time. More hashes would be refused for all; each upload holds a request of a worker. */
const newShares = () => ({
  hashes: new Shares({ worker: HASHES_AT_ONCE, client: 8, user: 8 }),
  uploads: new Shares({ worker: 50, client: 20, user: 4 }),
});

export type Application = ReturnType<typeof startApplication>;

/** Starts one worker's part of the site: the pages, and the connections that keep pages current. */
export function startApplication(
  access: DatabaseAccess,
  values: AppValues,
  context: GatewayContext,
) {
  const { logger, signal } = context;
  const query: Query = (work) => access.query(work);
  const feed = new Feed(access);
  const { livePerClient: client, livePerUser: user } = values;
  const streamShares = new Shares({ worker: values.liveStreams, client, user });
  const socketShares = new Shares({ worker: values.liveSockets, client, user });
  const streams = new EventStreams(feed, describeEvent(query), streamShares, logger);
  const presence = trackReaders(query, feed, admitReader(query), socketShares, logger);
  const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
  // A stream does not end by itself: the drain would wait for it until its deadline.
  signal.addEventListener("abort", () => streams.end(), { once: true });
  const assets = readAssets();
  return {
    site: createSite({ access, pictures, streams, shares: newShares(), values }, context, assets),
    websocket: presence.hooks,
    /** Writes the static files where the settings ask for it, before any page links them. */
    prepare: async () => {
      if (values.collectAtStart === "yes") await collectStatic(values, assets);
    },
    close: async () => {
      streams.end();
      await presence.end();
      await feed.close();
      await access.close();
    },
  };
}

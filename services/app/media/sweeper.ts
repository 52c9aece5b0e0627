import type { Logger } from "../context.ts";
import type { Ask } from "../models/database.ts";
import { picturesInUse } from "../models/notice.ts";
import type { PictureStore } from "./picture-store.ts";

/** Milliseconds. Every worker sweeps; what another has swept already is no error. */
const EVERY = 3_600_000;

/** Deletes abandoned uploads now and then. @returns ends it */
export function sweepPictures(store: PictureStore, ask: Ask, logger: Logger): () => void {
  const sweep = async () => {
    try {
      const deleted = await store.sweep((names) =>
        ask((database) => picturesInUse(database, names)),
      );
      if (deleted > 0) logger.info("abandoned pictures are deleted", { deleted });
    } catch (error) {
      logger.warn("pictures are not swept", { reason: String(error) });
    }
  };
  const timer = setInterval(sweep, EVERY).unref();
  return () => clearInterval(timer);
}

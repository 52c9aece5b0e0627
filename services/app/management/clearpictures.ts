import { withDatabase } from "../database/connect.ts";
import { PictureStore } from "../media/picture-store.ts";
import { picturesInUse } from "../models/notice.ts";
import { defineCommand } from "./command.ts";

export const clearpicturesCommand = defineCommand({
  summary: "deletes uploads of more than a day ago that no notice uses",
  run: ({ values }) =>
    withDatabase(values, async (database) => {
      const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
      const deleted = await pictures.sweep((names) => picturesInUse(database, names));
      return `deleted ${deleted} unused pictures`;
    }),
});

import { integer, path } from "@gatehouse/settings";

/** Rows of the edge's table: the folders of files, and the memory for them. */
export const fileRows = {
  assets: path({ default: "/srv/assets", why: "The folder of the collected static files." }),
  media: path({
    default: "/srv/media",
    why: "The folder of files that only the application can have sent, by X-Accel-Redirect.",
  }),
  fileMemory: integer({
    default: 64 * 1024 ** 2,
    min: 0,
    max: 64 * 1024 ** 3,
    unit: "bytes",
    why: "What static files may take in memory together; those used last stay.",
  }),
};

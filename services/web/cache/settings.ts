import { integer, milliseconds } from "@gatehouse/settings";

/** The cache's rows of the edge's table. */
export const cacheRows = {
  cacheSize: integer({
    default: 64 * 1024 ** 2,
    min: 0,
    max: 1024 ** 4,
    unit: "bytes",
    why: "The memory for answers that say by their Cache-Control that they may be shared; 0 keeps none.",
  }),
  cacheLargest: integer({
    default: 4 * 1024 ** 2,
    min: 1024,
    max: 1024 ** 3,
    unit: "bytes",
    why: "The largest answer that is kept.",
  }),
  cacheWait: milliseconds({
    default: 5000,
    min: 0,
    max: 60_000,
    why: "How long a request waits for the answer to another one of the same address.",
  }),
};

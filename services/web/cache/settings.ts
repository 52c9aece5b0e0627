import { integer, milliseconds } from "@gatehouse/settings";

export const cacheRows = {
  cacheSize: integer({
    default: 64 * 1024 ** 2,
    min: 0,
    max: 1024 ** 4,
    unit: "bytes",
    why: "The memory for responses that may be shared by their Cache-Control; 0 stores none.",
  }),
  cacheLargest: integer({
    default: 4 * 1024 ** 2,
    min: 1024,
    max: 1024 ** 3,
    unit: "bytes",
    why: "The largest response that is stored.",
  }),
  cacheWait: milliseconds({
    default: 5000,
    min: 0,
    max: 60_000,
    why: "How long a request waits for the response to another request for the same address.",
  }),
};

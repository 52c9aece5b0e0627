import { CHUNKS, CONTENT_LENGTHS, SEQUENCES, TRANSFER_CODINGS } from "./framing.ts";
import { GOOD } from "./good.ts";
import { FIELDS, HOSTS, REQUEST_LINES, TARGETS } from "./heads.ts";

/** In the spirit of gunicorn's tests/requests and of Http11Probe, by what is wrong or right. */
export const CORPUS = {
  "request lines": REQUEST_LINES,
  targets: TARGETS,
  hosts: HOSTS,
  fields: FIELDS,
  "content lengths": CONTENT_LENGTHS,
  "transfer codings": TRANSFER_CODINGS,
  chunks: CHUNKS,
  sequences: SEQUENCES,
  "what the RFCs allow": GOOD,
};

export type { Case } from "./case.ts";
export { FEEDS, feed, type Heard } from "./feed.ts";
export { judge } from "./judge.ts";
export { mutated, pieces, seededRandom } from "./mutations.ts";
export { inParallel } from "./parallel.ts";

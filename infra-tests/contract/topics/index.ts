import type { Topic } from "../row.ts";
import { bodies } from "./bodies.ts";
import { caching } from "./caching.ts";
import { compression } from "./compression.ts";
import { conditional } from "./conditional.ts";
import { errors } from "./errors.ts";
import { files } from "./files.ts";
import { forwarded } from "./forwarded.ts";
import { forwarding } from "./forwarding.ts";
import { http2 } from "./http2.ts";
import { keepAlive } from "./keep-alive.ts";
import { limits } from "./limits.ts";
import { operation } from "./operation.ts";
import { ranges } from "./ranges.ts";
import { refusals } from "./refusals.ts";
import { settings } from "./settings.ts";
import { streams } from "./streams.ts";
import { timeouts } from "./timeouts.ts";
import { tls } from "./tls.ts";
import { upstream } from "./upstream.ts";
import { webSockets } from "./websockets.ts";

/** In the order of a request's path; topics that break things are last. */
export const TOPICS: readonly Topic[] = [
  refusals,
  limits,
  forwarding,
  forwarded,
  bodies,
  keepAlive,
  tls,
  http2,
  files,
  conditional,
  ranges,
  compression,
  streams,
  webSockets,
  errors,
  caching,
  timeouts,
  upstream,
  settings,
  operation,
];

/** What the chain stories of an application use. */
export { until } from "../stack/deadline.ts";
export { docker, exec, healthy } from "../stack/docker.ts";
export { call, type HttpResponse, header, tiers } from "../stack/http.ts";
export { tails } from "../stack/logs.ts";
export { useStack } from "../stack/shared-stack.ts";
export { chosenEdge } from "../stack/stack.ts";
export type { RunInside, Stories } from "../stack/stories.ts";
export { accessLinesOf } from "./access-lines.ts";

export { AFFINITY_FIELD, affinityWeight, clientKey, isEngineIo, keyOfClient } from "./affinity.ts";
export { isAuthority } from "./authority.ts";
export { BODY_RULES, IncomingBody, type ReceivedBody } from "./body.ts";
export { type ConnectionFacts, clientSide } from "./client-side.ts";
export { closeAfter, type Incoming, type Outgoing } from "./closing.ts";
export { isConditional, preconditions, sameWeakly, type Validators } from "./conditions.ts";
export { httpDate } from "./dates.ts";
export { detached } from "./detached.ts";
export { FairQueue } from "./fair-queue.ts";
export {
  connectionOptions,
  fieldValue,
  forbiddenTrailer,
  isHopByHop,
  listedNames,
  type RawFields,
  withoutBlanks,
  withoutFields,
} from "./fields.ts";
export { type ClientSide, FORWARDED_HEADERS, forwardedFields } from "./forwarded-fields.ts";
export type { HeadLimits, Refusal, RequestLimits } from "./limits.ts";
export { ALLOW, plainRefusal } from "./malformed.ts";
export { PARSER_RULES, parserRefusal } from "./parser-rules.ts";
export { weightedList } from "./quality-values.ts";
export { type ByteRange, selectedRange } from "./ranges.ts";
export { Remembered } from "./remembered.ts";
export { RequestGuard } from "./request-guard.ts";
export { RequestHead } from "./request-head.ts";
export {
  KNOWN_METHODS,
  REQUEST_RULES,
  type Rule,
  refusalBy,
  refuse,
  refuseHead,
  TARGET_CHARACTERS,
} from "./request-rules.ts";
export { originForm } from "./request-target.ts";
export { isNetwork, OWN_SUBNETS, TrustedPeers } from "./trusted-peers.ts";

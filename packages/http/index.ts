export { connectionOptions, isHopByHop, type RawFields } from "./fields.ts";
export {
  type ClientSide,
  clientAddress,
  FORWARDED_HEADERS,
  forwardedFields,
} from "./forwarded.ts";
export {
  parserBytes,
  type Refusal,
  type RequestLimits,
  refuseByLimits,
} from "./request-limits.ts";
export { isNetwork, OWN_SUBNETS, TrustedPeers } from "./trusted-peers.ts";

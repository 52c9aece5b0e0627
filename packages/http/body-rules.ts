import type { Rule } from "./request-rules.ts";

/** What a body can do wrong while it comes in. */
export const BODY_RULES = {
  tooLarge: {
    name: "a body that grew above the limit",
    rfc: "RFC 9110, 15.5.14",
    status: 413,
  },
  tooSlow: {
    name: "a body below the minimum rate",
    rfc: "RFC 9110, 15.5.9",
    status: 408,
  },
  forbiddenTrailer: {
    name: "a trailer that only a head may hold: Host, framing, or a trusted name",
    rfc: "RFC 9110, 6.5.1",
    status: 400,
  },
} as const satisfies Record<string, Rule>;

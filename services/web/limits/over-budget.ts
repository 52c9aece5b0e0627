import { ADVICE, RETRY_AFTER } from "../exchange/advice.ts";
import { EdgeError } from "../exchange/edge-error.ts";
import type { ShareDecision } from "./shares.ts";

/** The response to a request that gives way to one of another client. */
export function gaveWay(): EdgeError {
  const message = `Too many requests at once. ${ADVICE}`;
  return new EdgeError("too-many-requests", 429, message, RETRY_AFTER);
}

/** The response where all of a budget is in use. */
export function busy(): EdgeError {
  return new EdgeError("busy", 503, `The server is busy. ${ADVICE}`, RETRY_AFTER);
}

export function refusalBy(admission: ShareDecision): EdgeError | undefined {
  if (admission === "admitted") return undefined;
  return admission === "greedy" ? gaveWay() : busy();
}

import type { BodyLimits } from "./body.ts";
import type { RequestLimits } from "./request-limits.ts";

/** What a server bounds of a request. */
export interface HttpLimits extends RequestLimits, BodyLimits {
  /** Milliseconds for a request's whole head. */
  readonly headersTimeout: number;
}

/** The rows of a service's settings table that hold them. */
export interface LimitSettings {
  readonly limitRequestLine: number;
  readonly limitRequestField: number;
  readonly limitRequestFields: number;
  readonly limitRequestBody: number;
  readonly headersTimeout: number;
  readonly bodyMinRate: number;
  readonly bodyRateWindow: number;
}

/** The limits of a service's settings, under the names that the rules know. */
export function httpLimits(settings: LimitSettings): HttpLimits {
  const { headersTimeout, bodyMinRate, bodyRateWindow } = settings;
  return {
    line: settings.limitRequestLine,
    field: settings.limitRequestField,
    fields: settings.limitRequestFields,
    body: settings.limitRequestBody,
    headersTimeout,
    bodyMinRate,
    bodyRateWindow,
  };
}

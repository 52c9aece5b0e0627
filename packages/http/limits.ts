/** How large a request's head may be, as gunicorn counts it, and its body. */
export interface RequestLimits {
  /** Bytes of the request line: method, target and version. */
  readonly line: number;
  /** Bytes of one field: name and value. */
  readonly field: number;
  /** How many fields. */
  readonly fields: number;
  /** Bytes of the body; 0 for any size. */
  readonly body: number;
}

/** How large a body may become, and how slowly it may be sent. */
export interface BodyLimits {
  /** Bytes; 0 for any size. */
  readonly body: number;
  /** Bytes per second on average over each window; 0 for any rate. */
  readonly bodyMinRate: number;
  /** Milliseconds. */
  readonly bodyRateWindow: number;
}

/** All that a server limits of a request. */
export interface ServerLimits extends RequestLimits, BodyLimits {
  /** Milliseconds for a request's whole head. */
  readonly headersTimeout: number;
}

/** The same as rows of a service's settings table. */
interface LimitSettings {
  readonly limitRequestLine: number;
  readonly limitRequestField: number;
  readonly limitRequestFields: number;
  readonly limitRequestBody: number;
  readonly headersTimeout: number;
  readonly bodyMinRate: number;
  readonly bodyRateWindow: number;
}

export function serverLimits(settings: LimitSettings): ServerLimits {
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

/** Why a request is refused, and with which status. */
export interface Refusal {
  readonly status: number;
  /** One line: what is wrong, and the RFC's section. */
  readonly reason: string;
}

/** The bytes of a request line around its method and target: two spaces and the version. */
export const LINE_REST = " ".length + " HTTP/1.1".length;

/** What Node's parser must accept so that the limits above decide, and not Node's own. */
export function parserBytes(limits: RequestLimits): number {
  return limits.line + 4 * limits.field;
}

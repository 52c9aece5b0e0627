/** The result of a load generator. */
export interface Load {
  readonly requests: number;
  readonly perSecond: number;
  /** Responses with another status than 2xx or 3xx, and connections that failed. */
  readonly errors: number;
}

/** A load without a single success. */
export class LoadError extends Error {
  override readonly name = "LoadError";
}

/** Reads what wrk prints. @throws Error if no request succeeded */
export function readWrk(url: string, output: string): Load {
  const [, requests] = /^\s*(\d+) requests in /m.exec(output) ?? [];
  const [, perSecond] = /^Requests\/sec:\s*([\d.]+)/m.exec(output) ?? [];
  const [, others = "0"] = /Non-2xx or 3xx responses: (\d+)/.exec(output) ?? [];
  const failed = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(
    output,
  );
  const errors = [others, ...(failed ?? []).slice(1)].reduce((sum, one) => sum + Number(one), 0);
  return checked(url, output, Number(requests), Number(perSecond), errors);
}

/** Reads what h2load prints. @throws Error if no request succeeded */
export function readH2load(url: string, output: string): Load {
  const [, protocol = "none"] = /^Application protocol: (\S+)/m.exec(output) ?? [];
  if (protocol !== "h2") throw new LoadError(`${url} is served by ${protocol}, not by HTTP/2`);
  const [, perSecond] = /^finished in [\d.]+m?s, ([\d.]+) req\/s/m.exec(output) ?? [];
  const [, requests] = /(\d+) succeeded/.exec(output) ?? [];
  const [, failed] = /(\d+) failed/.exec(output) ?? [];
  const [, bad] = /status codes: \d+ 2xx, \d+ 3xx, (\d+ 4xx, \d+ 5xx)/.exec(output) ?? [];
  const statuses = (bad ?? "").match(/\d+(?= \dxx)/g) ?? [];
  const errors = [failed, ...statuses].reduce((sum, one) => sum + Number(one), 0);
  return checked(url, output, Number(requests), Number(perSecond), errors);
}

function checked(
  url: string,
  output: string,
  requests: number,
  perSecond: number,
  errors: number,
): Load {
  if (requests > errors && perSecond > 0 && Number.isFinite(errors)) {
    return { requests, perSecond, errors };
  }
  throw new LoadError(`no request to ${url} succeeded:\n${output}`);
}

import { type IncomingHttpHeaders, request as plain, type RequestOptions } from "node:http";
import { request as secure } from "node:https";
import { buffer } from "node:stream/consumers";
import { authority } from "./clone.ts";

export interface HttpResponse {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly text: string;
}

export interface Call extends Pick<RequestOptions, "method" | "headers" | "agent"> {
  readonly body?: string | Buffer;
  /** The request target, if it must not be normalised. */
  readonly target?: string;
  /** Milliseconds for request and response; default 10 s. */
  readonly within?: number;
  /** The certificate of the authority to trust, PEM; default: the clone's. */
  readonly ca?: string;
}

/** Sends an HTTP/1.1 request. For HTTPS only one authority is trusted. */
export async function call(url: string, options: Call = {}): Promise<HttpResponse> {
  const { body, target, within = 10_000, ca, ...rest } = options;
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  const settings = {
    ...rest,
    ...(target === undefined ? {} : { path: target }),
    signal: AbortSignal.timeout(within),
  };
  const outgoing = url.startsWith("https:")
    ? secure(url, { ...settings, ca: ca ?? authority() })
    : plain(url, settings);
  outgoing.on("error", reject);
  outgoing.on("response", (incoming) => {
    buffer(incoming).then((bytes) => {
      const status = incoming.statusCode ?? 0;
      resolve({ status, headers: incoming.headers, body: bytes, text: bytes.toString() });
    }, reject);
  });
  outgoing.end(body);
  return await promise;
}

/** The value of a header field that must be present once. */
export function header(response: HttpResponse, name: string): string {
  const value = response.headers[name];
  if (typeof value !== "string") {
    throw new Error(`the response (status ${response.status}) has no header ${name}`);
  }
  return value;
}

/** The names in Server-Timing, in order: the tiers that a response came through. */
export function tiers(response: HttpResponse): string[] {
  return header(response, "server-timing")
    .split(",")
    .map((part) => part.split(";")[0]?.trim() ?? "");
}

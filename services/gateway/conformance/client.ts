import { type Agent, type ClientRequest, type OutgoingHttpHeaders, request } from "node:http";

/** Milliseconds for anything that should happen at once. */
export const DEADLINE = 15_000;

export interface ClientResponse {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawFields: readonly string[];
  readonly body: Buffer;
  /** Whether it came on a connection that an earlier request had used. */
  readonly reused: boolean;
}

export interface ClientRequestInit {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly agent?: Agent;
  readonly body?: string | Buffer;
}

/** Opens a request that its caller writes and ends. */
export function open(
  url: string,
  { method, headers, agent }: Omit<ClientRequestInit, "body">,
): ClientRequest {
  return request(url, {
    method: method ?? "GET",
    signal: AbortSignal.timeout(DEADLINE),
    ...(headers && { headers }),
    ...(agent && { agent }),
  });
}

export function ask(url: string, init: ClientRequestInit = {}): Promise<ClientResponse> {
  const opened = open(url, init);
  const response = responseTo(opened);
  opened.end(init.body);
  return response;
}

/** The whole response. @throws if the connection breaks before its end */
export async function responseTo(opened: ClientRequest): Promise<ClientResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ClientResponse>();
  opened.on("error", reject).on("response", (response) => {
    response.toArray().then((chunks) => {
      resolve({
        status: response.statusCode ?? 0,
        fields: response.headers,
        rawFields: response.rawHeaders,
        body: Buffer.concat(chunks),
        reused: opened.reusedSocket,
      });
    }, reject);
  });
  return promise;
}

/** Repeats `look` until the result is as wanted, for at most `timeout` milliseconds. */
export async function until<T>(
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  timeout = DEADLINE,
): Promise<T> {
  const late = performance.now() + timeout;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (performance.now() > late) {
      throw new Error(`not within ${timeout} ms; last seen: ${JSON.stringify(seen)}`);
    }
  }
}

export async function json<T>(url: string): Promise<T> {
  return JSON.parse(String((await ask(url)).body));
}

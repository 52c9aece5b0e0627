import { type Agent, type ClientRequest, type OutgoingHttpHeaders, request } from "node:http";

/** A client's patience with anything that should happen at once. */
export const DEADLINE = 15_000;

export interface Answer {
  readonly status: number;
  readonly fields: Readonly<Record<string, string | string[] | undefined>>;
  readonly rawFields: readonly string[];
  readonly body: Buffer;
  /** Whether it came on a connection that an earlier request had used. */
  readonly reused: boolean;
}

export interface Asking {
  readonly method?: string;
  readonly headers?: OutgoingHttpHeaders;
  readonly agent?: Agent;
  readonly body?: string | Buffer;
}

/** Opens a request that its caller writes and ends. */
export function open(url: string, { method, headers, agent }: Omit<Asking, "body">): ClientRequest {
  return request(url, {
    method: method ?? "GET",
    signal: AbortSignal.timeout(DEADLINE),
    ...(headers && { headers }),
    ...(agent && { agent }),
  });
}

export function ask(url: string, asking: Asking = {}): Promise<Answer> {
  const opened = open(url, asking);
  const told = answer(opened);
  opened.end(asking.body);
  return told;
}

/** The whole answer. @throws if the connection breaks before its end */
export async function answer(opened: ClientRequest): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
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

/** Asks again and again until the answer is as wanted, for at most `patience` milliseconds. */
export async function until<T>(
  look: () => Promise<T>,
  wanted: (seen: T) => boolean,
  patience = DEADLINE,
): Promise<T> {
  const late = performance.now() + patience;
  for (;;) {
    const seen = await look();
    if (wanted(seen)) return seen;
    if (performance.now() > late) {
      throw new Error(`not within ${patience} ms; last seen: ${JSON.stringify(seen)}`);
    }
  }
}

export async function json<T>(url: string): Promise<T> {
  return JSON.parse(String((await ask(url)).body));
}

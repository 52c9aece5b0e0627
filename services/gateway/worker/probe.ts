import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

/** Milliseconds before the first retry and between later ones, each twice as long as the one before. */
const RETRY_DELAY = 100;
const LONGEST_DELAY = 1600;
/** Milliseconds of failing that an application which is still opening something may have without a line. */
const USUAL = 3000;
/** Bytes of a response that are read, and characters of it that are shown. */
const MOST_READ = 4096;
const MOST_SHOWN = 200;

export interface Probe {
  readonly path: string;
  /** Milliseconds until it is given up. */
  readonly timeout: number;
  readonly accept: (socket: Socket) => void;
  /** What else the application has said of it: the error that it threw, what it printed last. */
  readonly words: () => string;
  /** Is called once, early, with what keeps the application from being ready. */
  readonly late: (failure: ProbeFailure) => void;
}

/** What keeps an application from being ready: its message says what happened, and what to do. */
export class ProbeFailure extends Error {
  readonly path: string;
  readonly status: number;

  constructor(path: string, { status, text }: ProbeResponse, words: string) {
    const said = text === "" ? "" : `, ${JSON.stringify(text)}`;
    super(
      `GET ${path} has the status ${status}${said}${words}; no worker serves before it is below 500: ` +
        "mend that, or have --health-path (GATEWAY_HEALTH_PATH) name another path, or off",
    );
    this.path = path;
    this.status = status;
  }
}

/**
 * Sends a GET request, over a real connection, to a server that has no public port yet. While the
 * status is 500 or above, it sends another: an application may still be opening something.
 * @throws ProbeFailure when the last status was still 500 or above, Error when there was no response.
 */
export async function probe({ path, timeout, accept, words, late }: Probe): Promise<void> {
  const start = performance.now();
  const listener = createServer(accept);
  // Exclusive: otherwise node:cluster would share the port between the workers.
  await once(listener.listen({ host: "127.0.0.1", port: 0, exclusive: true }), "listening");
  try {
    const { port } = listener.address() as AddressInfo;
    let isKnown = false;
    for (let delay = RETRY_DELAY; ; delay = Math.min(delay * 2, LONGEST_DELAY)) {
      const response = await responseOf(port, path);
      if (response.status < 500) return;
      const failure = new ProbeFailure(path, response, words());
      const spent = performance.now() - start;
      if (spent + delay > timeout) throw failure;
      if (spent > USUAL && !isKnown) {
        isKnown = true;
        late(failure);
      }
      await pause(delay);
    }
  } finally {
    listener.close();
  }
}

interface ProbeResponse {
  readonly status: number;
  /** The beginning of its body as one line, without tags. */
  readonly text: string;
}

async function responseOf(port: number, path: string): Promise<ProbeResponse> {
  const request = get({ host: "127.0.0.1", port, path, agent: false });
  const [response]: IncomingMessage[] = await once(request, "response");
  const status = response?.statusCode ?? 0;
  const text = response === undefined || status < 500 ? "" : await beginningOf(response);
  request.destroy();
  return { status, text };
}

/** A body that breaks off, or does not go on, is shown as far as it came. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  response.setTimeout(RETRY_DELAY, () => response.destroy());
  try {
    for await (const chunk of response) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= MOST_READ) break;
    }
  } catch {
    // What came is shown.
  }
  const body = Buffer.concat(chunks).toString("utf8", 0, MOST_READ);
  const line = body
    .replaceAll(/<[^<>]*>/g, " ")
    .replaceAll(/\s+/g, " ")
    .trim();
  return line.length > MOST_SHOWN ? `${line.slice(0, MOST_SHOWN)}…` : line;
}

import { once } from "node:events";
import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import { isLate } from "./stretched.ts";

/** A span as it was received, with its attributes as an object. */
export interface ReceivedSpan {
  readonly service: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind: number;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly status?: { readonly code: number };
  readonly attributes: Readonly<Record<string, string | undefined>>;
}

export interface ReceivedExport {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** By performance.now(). */
  readonly at: number;
}

/** How it responds to an export; undefined is not at all. */
type Reply =
  | {
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly body?: string;
    }
  | undefined;

/** Milliseconds until a test that waits for spans has failed. */
const DEADLINE = 20_000;

/** An HTTP server that takes exports in OTLP's JSON. */
export class Collector {
  readonly exports: ReceivedExport[] = [];
  /** Spans of the exports that were accepted. */
  readonly spans: ReceivedSpan[] = [];
  /** For the next exports, in turn; then each is accepted. */
  readonly replies: Reply[] = [];
  endpoint = "";
  #changed = Promise.withResolvers<void>();

  static async start(t: TestContext): Promise<Collector> {
    const collector = new Collector();
    const server = createServer(async (request, response) => {
      const pieces: Buffer[] = [];
      for await (const piece of request) pieces.push(piece);
      const { url: path = "", headers } = request;
      const body = Buffer.concat(pieces).toString();
      const reply = collector.#receive({ path, headers, body, at: performance.now() });
      if (reply === undefined) return;
      response.writeHead(reply.status, reply.headers).end(reply.body ?? "{}");
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    t.after(() => server.close().closeAllConnections());
    collector.endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return collector;
  }

  /** Waits until there is what the test looks for among the spans. */
  find<T>(what: string, look: (spans: readonly ReceivedSpan[]) => T | undefined): Promise<T> {
    return this.#until(what, () => look(this.spans));
  }

  exported(count: number): Promise<unknown> {
    return this.#until(`${count} exports`, () => (this.exports.length >= count ? true : undefined));
  }

  async #until<T>(what: string, look: () => T | undefined): Promise<T> {
    const since = performance.now();
    const late = setInterval(() => this.#notify(), DEADLINE / 10);
    try {
      for (;;) {
        const found = look();
        if (found !== undefined) return found;
        if (isLate(since, DEADLINE)) {
          const names = this.spans.map(({ service, name }) => `${service} ${name}`);
          throw new Error(`${what}: not among ${names.join(", ")}`);
        }
        await this.#changed.promise;
      }
    } finally {
      clearInterval(late);
    }
  }

  #receive(received: ReceivedExport): Reply {
    this.exports.push(received);
    const reply = this.replies.length > 0 ? this.replies.shift() : { status: 200 };
    if (reply?.status === 200) this.spans.push(...spansOf(received.body));
    this.#notify();
    return reply;
  }

  #notify(): void {
    const { resolve } = this.#changed;
    this.#changed = Promise.withResolvers();
    resolve();
  }
}

/** The spans of an export, flat. @throws what JSON.parse throws */
export function spansOf(body: string): ReceivedSpan[] {
  const found: ReceivedSpan[] = [];
  for (const { resource, scopeSpans } of JSON.parse(body).resourceSpans) {
    const service = flat(resource.attributes)["service.name"] ?? "";
    for (const { spans } of scopeSpans) {
      for (const span of spans) {
        found.push({ ...span, service, attributes: flat(span.attributes) });
      }
    }
  }
  return found;
}

type Listed = readonly {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}[];

const flat = (attributes: Listed): Record<string, string> =>
  Object.fromEntries(attributes.map(({ key, value }) => [key, String(Object.values(value)[0])]));

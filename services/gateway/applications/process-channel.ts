import type { Logger } from "@gatehouse/telemetry";
import { keepListener } from "./kept-listeners.ts";

type Send = NonNullable<typeof process.send>;
type Receive = (message: unknown, handle: unknown) => void;

/** PM2 waits for it. The gateway does not: it sees which server listens. */
const READY = "ready";
/** Milliseconds; longer than any boot. */
const LONG = 3_600_000;

/**
 * The channel between a worker and the primary. It is the gateway's alone. An application has a
 * channel too where something starts it as a child (PM2, node:cluster): here it may listen, send and
 * close as it likes, and nothing of that reaches the gateway.
 */
export class ProcessChannel {
  readonly #send: Send | undefined = process.send?.bind(process);
  /** By the number of what node:cluster asked the primary: a timer, so that the process is not idle. */
  readonly #asked = new Map<unknown, NodeJS.Timeout>();
  #logger: Logger | undefined;

  /** @param receive is called with what the primary sends */
  constructor(receive: Receive, logger: Logger) {
    this.#logger = logger;
    const { emit } = process;
    // With no listener at all, Node keeps the messages.
    keepListener("message", later);
    const filtered = (event: unknown, ...rest: unknown[]): boolean => {
      if (event === "message") {
        receive(rest[0], rest[1]);
        return true;
      }
      if (event === "internalMessage") this.#settle(rest[0]);
      return Reflect.apply(emit, process, [event, ...rest]);
    };
    process.emit = filtered as typeof emit;
    if (this.#send === undefined) return;
    process.send = ((message: unknown, ...rest: unknown[]) => {
      if (isOfNode(message)) {
        if (message.act === "queryServer") this.#asked.set(message.seq, setTimeout(later, LONG));
        return Reflect.apply(this.#send as Send, process, [message, ...rest]);
      }
      this.#discard(message);
      const sent = rest.findLast((argument) => typeof argument === "function");
      if (sent !== undefined) process.nextTick(sent, null);
      return true;
    }) as Send;
    process.disconnect = () => undefined;
  }

  /** Resolves when it has been sent, or cannot be. */
  send(message: object): Promise<void> {
    const send = this.#send;
    return new Promise((sent) => {
      if (!process.connected || send === undefined) sent();
      else send(message, undefined, {}, () => sent());
    });
  }

  /** A server that is not of HTTP, and a socket of UDP, wait for the primary to open their port. */
  #settle(message: unknown): void {
    if (!isOfNode(message) || message.ack === undefined) return;
    clearTimeout(this.#asked.get(message.ack));
    this.#asked.delete(message.ack);
  }

  #discard(message: unknown): void {
    if (message === READY) return;
    this.#logger?.warn(
      "nobody reads what the application sends to its parent process, which is the gateway: the workers share what they have through a database, Redis or another service",
      { sent: JSON.stringify(message)?.slice(0, 200) },
    );
    this.#logger = undefined;
  }
}

/** What node:cluster sends and receives by the same channel. */
interface OfNode {
  readonly cmd: string;
  readonly act?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

function later(): void {}

function isOfNode(message: unknown): message is OfNode {
  if (typeof message !== "object" || message === null || !("cmd" in message)) return false;
  return typeof message.cmd === "string" && message.cmd.startsWith("NODE_");
}

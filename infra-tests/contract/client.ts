import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type Call, call as callOnKept, type HttpResponse } from "../stack/http.ts";

const DEADLINE = 10_000;

/** A response as it arrived. */
export interface WireResponse {
  readonly status: number;
  /** The head, as bytes in Latin-1. */
  readonly head: string;
  readonly body: string;
}

/** A client's TCP connection that sends bytes as they are and reads one response at a time. */
export class Wire implements Disposable {
  readonly #socket: Socket;
  #received = "";
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.#socket = socket.setNoDelay().setEncoding("latin1");
    socket.on("data", (some: string) => {
      this.#received += some;
      this.#wake();
    });
    const end = () => {
      this.#ended = true;
      this.#wake();
    };
    socket.on("end", end).on("close", end).on("error", end);
  }

  static async to(origin: string): Promise<Wire> {
    const { hostname, port } = new URL(origin);
    const socket = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    await once(socket, "connect");
    return new Wire(socket);
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** What has arrived and was not read as part of a response. */
  get received(): string {
    return this.#received;
  }

  write(bytes: string): void {
    this.#socket.write(bytes, "latin1");
  }

  pause(): void {
    this.#socket.pause();
  }

  resume(): void {
    this.#socket.resume();
  }

  /** The next response, also an interim one. @throws if it is not complete within ten seconds */
  async response(): Promise<WireResponse> {
    const head = await this.#take(/^[\s\S]*?\r\n\r\n/);
    const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
    const length = Number(/^content-length: *(\d+)/im.exec(head)?.[1] ?? 0);
    if (!/^transfer-encoding: *chunked/im.test(head)) {
      return { status, head, body: await this.#takeBytes(status < 200 ? 0 : length) };
    }
    const body = await this.#take(/^[\s\S]*?(?:^|\r\n)0\r\n(?:[^\r\n]+\r\n)*\r\n/);
    return { status, head, body };
  }

  /** Waits until the server closes. @returns what has arrived @throws after the timeout */
  async end(within = DEADLINE): Promise<string> {
    await this.#until(() => this.#ended, within);
    return this.#received;
  }

  async #take(pattern: RegExp): Promise<string> {
    await this.#until(() => pattern.test(this.#received), DEADLINE);
    return await this.#takeBytes(pattern.exec(this.#received)?.[0].length ?? 0);
  }

  async #takeBytes(count: number): Promise<string> {
    await this.#until(() => this.#received.length >= count, DEADLINE);
    const taken = this.#received.slice(0, count);
    this.#received = this.#received.slice(count);
    return taken;
  }

  async #until(fulfilled: () => boolean, within: number): Promise<void> {
    const late = AbortSignal.timeout(within);
    while (!fulfilled()) {
      if (late.aborted)
        throw new Error(`nothing more arrived within ${within} ms: ${this.#received}`);
      if (this.#ended) throw new Error(`the connection ended after: ${this.#received}`);
      await new Promise<void>((wake) => {
        this.#wake = wake;
        late.addEventListener("abort", () => wake(), { once: true });
      });
    }
  }

  [Symbol.dispose](): void {
    this.#socket.destroy();
  }
}

/**
 * One request on a new connection, so that no row depends on another one. Rows about kept connections
 * use a `Wire`.
 */
export function call(url: string, options: Call = {}): Promise<HttpResponse> {
  return callOnKept(url, { agent: false, ...options });
}

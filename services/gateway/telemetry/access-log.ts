import { METHODS } from "node:http";
import { type AccessLine, jsonText, LineWriter, millisecondsText } from "@gatehouse/telemetry";

const LONGEST_TARGET = 1024;
const LONGEST_CLIENT = 256;
const LONGEST_METHOD = 32;

const END = `","pid":${process.pid},"message":"access"}\n`;

/** The pieces between the trace and the target, by method, and before the duration, by status. */
const methods = new Map(METHODS.map((method) => [method, methodText(method)]));
const statuses: string[] = [];

/** A gateway's access line; `client` is X-Forwarded-For as the gateway rewrote it. */
export interface GatewayAccessLine extends Omit<AccessLine, "duration_ms"> {
  /** Milliseconds. */
  readonly duration: number;
  readonly client: string;
}

/** The access lines of one worker, made of prepared pieces. A slow reader delays no request. */
export class AccessLog {
  readonly #writer: LineWriter;
  #now = 0;
  #begun = "";
  #client = "";
  #ended = `,"client":"${END}`;

  /**
   * @param target "-" is stdout, "off" is nowhere, anything else a file.
   * @throws the error of opening the file.
   */
  constructor(target: string) {
    this.#writer = new LineWriter(target);
  }

  write(line: GatewayAccessLine): void {
    if (!this.#writer.open) return;
    this.#writer.write(
      `${this.#beginning()}${line.request_id}","traceparent":"${line.traceparent}` +
        `${methods.get(line.method) ?? methodText(line.method)}${jsonText(line.target, LONGEST_TARGET)}` +
        `${statusText(line.status)}${millisecondsText(line.duration)}${this.#ending(line.client)}`,
    );
  }

  /** Opens the file anew, after it was moved away. @throws the error of opening it. */
  reopen(): void {
    this.#writer.reopen();
  }

  flush(): void {
    this.#writer.flush();
  }

  /** Up to the request id. Under load many lines are of the same millisecond. */
  #beginning(): string {
    const now = Date.now();
    if (now !== this.#now) {
      const time = new Date(now).toISOString();
      this.#now = now;
      this.#begun = `{"level":"info","time":"${time}","tier":"gateway","request_id":"`;
    }
    return this.#begun;
  }

  /** From the client on, which is often that of the line before. */
  #ending(client: string): string {
    if (client !== this.#client) {
      this.#client = client;
      this.#ended = `,"client":"${jsonText(client, LONGEST_CLIENT)}${END}`;
    }
    return this.#ended;
  }
}

/** An application may have replaced the method, perhaps by a word of the client. */
function methodText(method: string): string {
  return `","method":"${jsonText(method, LONGEST_METHOD)}","target":"`;
}

function statusText(status: number): string {
  statuses[status] ??= `","status":${status},"duration_ms":`;
  return statuses[status];
}

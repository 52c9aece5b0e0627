import { METHODS } from "node:http";
import { jsonText, LineWriter, millisecondsText, traceIdOf } from "@gatehouse/telemetry";

const LONGEST_TARGET = 1024;
const LONGEST_CLIENT = 256;
const LONGEST_METHOD = 32;

const END = `","pid":${process.pid},"message":"access"}\n`;

/** The pieces between the trace and the target, by method, and before the duration, by status. */
const methods = new Map(METHODS.map((method) => [method, methodText(method)]));
const statuses: string[] = [];

interface AccessLine {
  readonly request_id: string;
  readonly traceparent: string;
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** Milliseconds. */
  readonly duration: number;
  /** The client's address. */
  readonly client: string;
}

/** The access lines of one worker, made of prepared pieces. A slow reader delays no request. */
export class AccessLog extends LineWriter {
  #client = "";
  #ended = `,"client":"${END}`;

  write(line: AccessLine): void {
    if (!this.open) return;
    this.append(
      `${this.beginning("gateway")}${line.request_id}","traceparent":"${line.traceparent}` +
        `","trace_id":"${traceIdOf(line.traceparent)}` +
        `${methods.get(line.method) ?? methodText(line.method)}${jsonText(line.target, LONGEST_TARGET)}` +
        `${statusText(line.status)}${millisecondsText(line.duration)}${this.#ending(line.client)}`,
    );
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

import { jsonText, LineWriter, millisecondsText, traceIdOf } from "@gatehouse/telemetry";
import type { Exchange } from "../exchange/exchange.ts";

/** Bytes, escapes included. Together with the keys and the ids they are under 4 KB. */
const LONGEST_METHOD = 32;
const LONGEST_TARGET = 1024;
const LONGEST_HOST = 256;
const LONGEST_AGENT = 256;
const LONGEST_REFERER = 512;

const END = `,"pid":${process.pid},"message":"access"}\n`;

/**
 * The access lines of one worker: one for each request, keys in a fixed order, under 4 KB, written
 * by hand because every request has one. All times are milliseconds since the request's head.
 */
export class AccessLog extends LineWriter {
  /** @param duration milliseconds */
  write(exchange: Exchange, status: number, duration: number, bytesIn: number): void {
    if (!this.open) return;
    const { client, request } = exchange;
    const { "user-agent": agent, referer } = request.headers;
    this.append(
      `${this.beginning("web")}${exchange.requestId}","traceparent":"${exchange.traceparent}",` +
        `"trace_id":"${traceIdOf(exchange.traceparent)}",` +
        `"method":"${jsonText(exchange.method, LONGEST_METHOD)}",` +
        `"target":"${jsonText(exchange.target, LONGEST_TARGET)}",` +
        `"status":${status},"duration_ms":${millisecondsText(duration)},` +
        `"client":"${jsonText(client.address, LONGEST_HOST)}","scheme":"${client.scheme}",` +
        `"host":"${jsonText(client.host, LONGEST_HOST)}","protocol":"${request.httpVersion}",` +
        `"served_by":"${exchange.servedBy}","route":${quoted(exchange.route, LONGEST_HOST)},` +
        `"replica":${quoted(exchange.replica, LONGEST_HOST)},` +
        `"retries":${Math.max(0, exchange.attempts - 1)},` +
        `"cache":${quoted(exchange.cacheStatus, LONGEST_HOST)},` +
        `"bytes_in":${bytesIn},"bytes_out":${exchange.bytes},` +
        `"sent_ms":${since(exchange, exchange.sentAt)},` +
        `"head_ms":${since(exchange, exchange.headAt)},` +
        `"user_agent":${quoted(agent, LONGEST_AGENT)},` +
        `"referer":${quoted(referer, LONGEST_REFERER)}${END}`,
    );
  }
}

/** Milliseconds from the request's head to a moment of performance.now(); null for 0. */
function since({ receivedAt }: Exchange, moment: number): string {
  return moment === 0 ? "null" : millisecondsText(moment - receivedAt);
}

function quoted(value: string | undefined, length: number): string {
  return value === undefined ? "null" : `"${jsonText(value, length)}"`;
}

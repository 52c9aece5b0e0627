import { type IncomingMessage, request as sendRequest } from "node:http";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { millisecondsText } from "@gatehouse/telemetry";
import { type Exchange, stateOf } from "../http/exchange.ts";
import { endToEnd, passedFields } from "./passed-fields.ts";

/** What the gateway itself wrote, as the first Server-Timing of a response (http/exchange.ts). */
const TIMING = /^((?:queue;dur=[\d.]+, )?gateway;dur=)[\d.]+(, app;dur=[\d.]+)$/;

/**
 * Sends a request to another worker and its response to the client, both as they are received. The
 * other worker counts and logs it. What was sent once is not sent again: where that worker ends before
 * the response is complete, the client's connection breaks, as if it had been that worker's.
 * @param socket a connection that the other worker has taken, for this request alone
 * @param by the id of this worker
 * @param lost is called where the worker ended
 */
export function passRequest(
  exchange: Exchange,
  socket: Socket,
  by: number,
  lost: (reason: string) => void,
): void {
  const { req: request } = exchange;
  stateOf(exchange).passedOn = true;
  const sent = sendRequest({
    createConnection: () => socket,
    method: request.method,
    path: request.url,
    headers: passedFields(request, by),
  });
  let received: IncomingMessage | undefined;
  let over = false;
  const fail = (reason: string) => {
    if (over) return;
    over = true;
    lost(reason);
    exchange.destroy();
  };
  exchange.once("close", () => {
    over = true;
    sent.destroy();
    request.unpipe(sent);
    if (!request.complete) request.resume();
  });
  sent
    .on("information", ({ statusCode, rawHeaders }) => {
      if (request.httpVersionMinor === 0 || exchange.headersSent) return;
      if (statusCode === 100) exchange.writeContinue();
      else exchange.writeInformation(statusCode, rawHeaders);
    })
    .on("response", (response) => {
      received = response;
      returnResponse(exchange, response, () => fail("its worker ended within its response"));
    })
    .on("error", ({ message }) => {
      if (!received?.complete) fail(message);
    });
  sent.flushHeaders();
  request.once("end", () => sent.addTrailers(pairs(request.rawTrailers)));
  request.pipe(sent);
}

function returnResponse(exchange: Exchange, response: IncomingMessage, broken: () => void): void {
  const { statusCode = 500, statusMessage, rawHeaders, headers } = response;
  // The other worker wrote one, or its application wanted none.
  exchange.sendDate = false;
  const fields = withWholeTime(exchange, endToEnd(rawHeaders, headers));
  exchange.writeHead(statusCode, statusMessage, fields);
  response
    .on("error", broken)
    .on("close", () => response.complete || broken())
    .once("end", () => exchange.addTrailers(pairs(response.rawTrailers)))
    .pipe(exchange);
  // Together with the first piece of the body, if that is here: it flows in the tick before.
  process.nextTick(() => exchange.flushHeaders());
}

/** The other worker's Server-Timing, with the gateway's time as it is for the client. */
function withWholeTime(exchange: Exchange, fields: string[]): string[] {
  const at = fields.indexOf("Server-Timing");
  if (at < 0) return fields;
  const whole = millisecondsText(performance.now() - stateOf(exchange).receivedAt);
  fields[at + 1] = (fields[at + 1] ?? "").replace(TIMING, `$1${whole}$2`);
  return fields;
}

function pairs(flat: readonly string[]): [string, string][] {
  const list: [string, string][] = [];
  for (let at = 0; at < flat.length; at += 2) list.push([flat[at] ?? "", flat[at + 1] ?? ""]);
  return list;
}

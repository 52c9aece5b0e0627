import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import type { WebSettings } from "../settings.ts";
import { eventually, runEdge, startUpstream } from "./edge.ts";

/** An edge in front of an application that numbers its requests. */
export async function chain(
  t: TestContext,
  respond: (request: IncomingMessage, response: ServerResponse, count: number) => void,
  changes: Partial<WebSettings>,
) {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    respond(request, response, requests.length);
  };
  const upstream = await startUpstream(t, "127.0.0.2", listener, undefined);
  // A busy machine must not end the wait for another request before the test does.
  const { edge, ports } = await runEdge(t, upstream, { cacheWait: 60_000, ...changes });
  const url = `http://127.0.0.1:${ports.http}`;
  const get = async (path: string, headers: Record<string, string>) => {
    const response = await fetch(url + path, { headers, redirect: "manual" });
    const { status, headers: fields } = response;
    const body = await response.text();
    return { status, body, cache: fields.get("cache-status") ?? "", fields };
  };
  return { edge, url, requests, get };
}

/** An application whose every response is another one, with these fields. */
export const numbered =
  (fields: Record<string, string>) =>
  (_: IncomingMessage, response: ServerResponse, count: number) => {
    response.writeHead(200, fields);
    response.end(`response ${count}`);
  };

export type Chain = Awaited<ReturnType<typeof chain>>;

/** Fields of a response for all clients. */
export const SHARED = { "cache-control": "s-maxage=3600" };

/** An application that sends no response; the test does. */
export function held() {
  const waiting: { request: IncomingMessage; response: ServerResponse }[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse) => {
    waiting.push({ request, response });
  };
  const arrived = async (count: number) => {
    await eventually(
      async () => waiting.length,
      (length) => length >= count,
    );
    return waiting.map(({ response }) => response);
  };
  return { listener, waiting, arrived };
}

/** Resolves when this many requests wait for the response to another one. */
export function waiters({ edge }: Chain, count: number) {
  return eventually(
    async () => edge.cache.waiting,
    (waiting) => waiting === count,
  );
}

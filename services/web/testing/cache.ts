import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { TestContext } from "node:test";
import type { WebSettings } from "../settings.ts";
import { runEdge, startUpstream } from "./edge.ts";

/** An edge before an application that counts how often it was asked, and says so. */
export async function chain(
  t: TestContext,
  answer: (request: IncomingMessage, response: ServerResponse, asked: number) => void,
  changes: Partial<WebSettings>,
) {
  const requests: IncomingMessage[] = [];
  const listener: RequestListener = (request, response) => {
    requests.push(request);
    answer(request, response, requests.length);
  };
  const upstream = await startUpstream(t, "127.0.0.2", listener, undefined);
  const { edge, ports } = await runEdge(t, upstream, changes);
  const url = `http://127.0.0.1:${ports.http}`;
  const get = async (path: string, headers: Record<string, string>) => {
    const answered = await fetch(url + path, { headers, redirect: "manual" });
    const { status, headers: fields } = answered;
    const body = await answered.text();
    return { status, body, cache: fields.get("cache-status") ?? "", fields };
  };
  return { edge, url, requests, get };
}

/** An application whose every answer is another one, with these fields. */
export const numbered =
  (fields: Record<string, string>) =>
  (_: IncomingMessage, response: ServerResponse, asked: number) => {
    response.writeHead(200, fields);
    response.end(`answer ${asked}`);
  };

export type Chain = Awaited<ReturnType<typeof chain>>;

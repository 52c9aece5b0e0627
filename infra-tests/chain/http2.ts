import { type ClientHttp2Session, connect, type OutgoingHttpHeaders } from "node:http2";
import { buffer } from "node:stream/consumers";
import { after } from "node:test";
import { authority } from "../stack/clone.ts";
import type { HttpResponse } from "../stack/http.ts";

const sessions = new Map<string, ClientHttp2Session>();
after(() => {
  for (const session of sessions.values()) session.close();
});

function sessionOf(origin: string): ClientHttp2Session {
  const open = sessions.get(origin) ?? connect(origin, { ca: authority() });
  sessions.set(origin, open);
  return open;
}

/** A GET over HTTP/2, on one connection for each origin, trusting the clone's authority alone. */
export async function http2Get(
  origin: string,
  path: string,
  headers: OutgoingHttpHeaders = {},
): Promise<HttpResponse> {
  const stream = sessionOf(origin).request({ ":path": path, ...headers });
  const { promise, resolve, reject } = Promise.withResolvers<HttpResponse>();
  stream.setTimeout(10_000, () => stream.destroy(new Error(`no response to ${path} in 10 s`)));
  stream.once("error", reject);
  stream.once("response", ({ ":status": status = 0, ...rest }) => {
    buffer(stream).then((body) => {
      resolve({ status, headers: rest, body, text: body.toString() });
    }, reject);
  });
  return await promise;
}

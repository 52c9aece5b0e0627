import type { ServerResponse } from "node:http";
import { hostname } from "node:os";
import type { ReceivedRequest } from "./record.ts";

type Responder = (response: ServerResponse, received: ReceivedRequest, body: Buffer) => void;

const parameters = ({ target }: ReceivedRequest) => new URL(target, "http://witness").searchParams;
const PIECES = 3;

/** The responses of the witness, by the first part of the path. */
export const RESPONSES: Readonly<Record<string, Responder>> = {
  cached,
  /** A head with fields for this hop only. */
  hops: (response) => {
    response.writeHead(200, [
      ...["Connection", "keep-alive, x-hop", "X-Hop", "1", "Keep-Alive", "timeout=7"],
      ...["Proxy-Connection", "keep-alive", "Upgrade", "h2c", "Content-Length", "2"],
    ]);
    response.end("ok");
  },
  status: (response, received) => {
    response.writeHead(Number(parameters(received).get("code")), { "X-From": "witness" });
    response.end();
  },
  cookies: (response) => {
    response.writeHead(200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Content-Length", "0"]);
    response.end();
  },
  early: (response) => {
    response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" }, () => {
      response.end("late");
    });
  },
  trailers: (response) => {
    response.writeHead(200, { Trailer: "X-Checksum", "Transfer-Encoding": "chunked" });
    response.write("body");
    response.addTrailers({ "X-Checksum": "1" });
    response.end();
  },
  /** The first piece at once, the others after a time in which the one before arrives. */
  pieces: (response, received) => {
    response.writeHead(200, { "Content-Type": parameters(received).get("type") ?? "text/plain" });
    let sent = 0;
    const piece = () => {
      sent += 1;
      response.write(`data: ${sent}\n\n`);
      if (sent < PIECES) return;
      clearInterval(timer);
      response.end();
    };
    const timer = setInterval(piece, 400);
    response.once("close", () => clearInterval(timer));
    piece();
  },
  /** Starts and never ends. */
  endless: (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
  },
  hang: () => {},
  /** Half of the announced length. */
  half: (response) => {
    response.writeHead(200, { "Content-Length": 10 });
    response.write("01234", () => response.socket?.destroy());
  },
  large: (response, received) => {
    response.end(Buffer.alloc(Number(parameters(received).get("bytes")), "0123456789"));
  },
  protected: (response) => {
    response.writeHead(200, {
      "X-Accel-Redirect": "/protected-media/report.pdf",
      "Content-Type": "application/pdf",
      "Content-Disposition": "attachment",
    });
    response.end();
  },
};

let made = 0;

/**
 * A response for tests of caching, by its query: cc is Cache-Control, cdn CDN-Cache-Control; vary, etag, cookie and next are fields;
 * ms is the time it takes; fail-from is the time, in milliseconds since the epoch, from which it is a 500.
 * The body is a new number every time.
 */
export function cached(response: ServerResponse, { target, rawHeaders }: ReceivedRequest): void {
  const query = new URL(target, "http://witness").searchParams;
  const etag = query.get("etag");
  const fields: Record<string, string> = {};
  for (const [field, word] of FIELDS) {
    const value = query.get(word);
    if (value !== null) fields[field] = value;
  }
  setTimeout(
    () => {
      if (Date.now() > Number(query.get("fail-from") ?? Number.POSITIVE_INFINITY)) {
        response.writeHead(500).end("failed");
      } else if (etag !== null && fieldOf(rawHeaders, "if-none-match") === etag) {
        response.writeHead(304, fields).end();
      } else {
        made += 1;
        response.writeHead(200, fields).end(`made ${made} at ${hostname()}`);
      }
    },
    Number(query.get("ms") ?? 0),
  );
}

const FIELDS = [
  ["Cache-Control", "cc"],
  ["CDN-Cache-Control", "cdn"],
  ["Vary", "vary"],
  ["ETag", "etag"],
  ["Set-Cookie", "cookie"],
  ["X-Request-ID", "id"],
  ["X-Nextjs-Cache", "next"],
] as const;

function fieldOf(rawHeaders: readonly string[], name: string): string | undefined {
  const at = rawHeaders.findIndex((each, index) => index % 2 === 0 && each.toLowerCase() === name);
  return rawHeaders[at + 1];
}

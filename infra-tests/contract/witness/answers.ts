import type { ServerResponse } from "node:http";
import { cached } from "./cached.ts";
import type { Sighting } from "./sighting.ts";

type Answer = (response: ServerResponse, sighting: Sighting, body: Buffer) => void;

const parameters = ({ target }: Sighting) => new URL(target, "http://witness").searchParams;
const PIECES = 3;

/** What the witness answers, by the first part of the path. */
export const ANSWERS: Readonly<Record<string, Answer>> = {
  cached,
  /** A head that is full of what was for this hop only. */
  hops: (response) => {
    response.writeHead(200, [
      ...["Connection", "keep-alive, x-hop", "X-Hop", "1", "Keep-Alive", "timeout=7"],
      ...["Proxy-Connection", "keep-alive", "Upgrade", "h2c", "Content-Length", "2"],
    ]);
    response.end("ok");
  },
  status: (response, sighting) => {
    response.writeHead(Number(parameters(sighting).get("code")), { "X-From": "witness" });
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
  /** The first piece at once, the others each when the one before has had time to arrive. */
  pieces: (response, sighting) => {
    response.writeHead(200, { "Content-Type": parameters(sighting).get("type") ?? "text/plain" });
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
  /** Begins and never ends. */
  endless: (response) => {
    response.writeHead(200, { "Content-Type": "text/event-stream" }).write("data: 1\n\n");
  },
  hang: () => {},
  /** Half of what its length promises. */
  half: (response) => {
    response.writeHead(200, { "Content-Length": 10 });
    response.write("01234", () => response.socket?.destroy());
  },
  large: (response, sighting) => {
    response.end(Buffer.alloc(Number(parameters(sighting).get("bytes")), "0123456789"));
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

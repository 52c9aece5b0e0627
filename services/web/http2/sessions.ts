import { constants, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import { counter, gauge, type Metric } from "@gatehouse/telemetry";
import { acceptedSocket } from "../exchange/client.ts";
import { isWhole } from "../exchange/http-versions.ts";
import { LeakyBucket } from "../limits/request-limits.ts";
import { ANY_STREAM, endSession, hasWaiting, socketOf } from "./transport.ts";

/** Abuses of a session: 200 at once, and 20 more every second. */
const RATE = { perSecond: 20, burst: 199 };

/** Milliseconds that a draining edge waits for the first request of a new session. */
const FIRST_REQUEST = 250;

/** Milliseconds that Node has to end a session whose connection has closed. */
const LEFTOVER_TIME = 250;

/**
 * The HTTP/2 sessions of the edge. What costs the edge more than it costs the client is counted in
 * a leaky bucket for each session: streams that end without their response, as in "rapid reset"
 * (CVE-2023-44487, CVE-2025-8671), pings and settings. A session above the bound is ended with
 * ENHANCE_YOUR_CALM. What nghttp2 and Node refuse by themselves stands in docs/edge.md.
 */
export class Http2Sessions {
  readonly #idleTimeout: number;
  /** When each may be closed by a drain, by performance.now(). */
  readonly #open = new Map<ServerHttp2Session, number>();
  #total = 0;
  #resets = 0;
  #refused = 0;

  /** @param idleTimeout milliseconds after which a session without a stream is closed */
  constructor(idleTimeout: number) {
    this.#idleTimeout = idleTimeout;
  }

  metrics(): Metric[] {
    return [
      gauge("web_http2_sessions", "Open HTTP/2 sessions", this.#open.size),
      counter("web_http2_sessions_total", "HTTP/2 sessions since the start", this.#total),
      counter("web_http2_resets_total", "Streams that ended without their response", this.#resets),
      counter("web_http2_refused_total", "Sessions ended for abuse", this.#refused),
    ];
  }

  watch(session: ServerHttp2Session): void {
    let streams = 0;
    // Neither Node nor nghttp2 ends a session whose client sends no requests.
    session.setTimeout(this.#idleTimeout, () => {
      if (streams === 0) session.close();
    });
    const bucket = new LeakyBucket(performance.now());
    const count = () => {
      if (session.destroyed || bucket.take(RATE, performance.now()) === 0) return;
      this.#refused++;
      endSession(session, constants.NGHTTP2_ENHANCE_YOUR_CALM);
    };
    this.#total++;
    this.#open.set(session, performance.now() + FIRST_REQUEST);
    session.once("close", () => this.#open.delete(session));
    // Node may still wait for streams whose client is gone.
    const leftOver = () => {
      this.#open.delete(session);
      if (!session.destroyed) session.destroy();
    };
    const socket = acceptedSocket(socketOf(session));
    socket.once("close", () => setTimeout(leftOver, LEFTOVER_TIME).unref());
    session.on("stream", (stream: ServerHttp2Stream) => {
      streams++;
      if (this.#open.has(session)) this.#open.set(session, 0);
      stream.once("close", () => {
        streams--;
        if (isWhole(stream)) return;
        this.#resets++;
        count();
      });
    });
    session.on("ping", count);
    session.on("remoteSettings", count);
  }

  /** Has the clients open no more streams, while those in flight are still served. */
  announceEnd(): void {
    for (const session of this.#open.keys()) {
      if (!session.destroyed) session.goaway(constants.NGHTTP2_NO_ERROR, ANY_STREAM);
    }
  }

  /** Ends the sessions whose requests have all begun, once those are served. */
  close(): void {
    const now = performance.now();
    for (const [session, first] of this.#open) {
      if (now >= first && !session.closed && !hasWaiting(session)) session.close();
    }
  }
}

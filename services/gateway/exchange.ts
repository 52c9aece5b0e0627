import { type IncomingMessage, ServerResponse } from "node:http";
import { timingEntry } from "@gatehouse/telemetry";

/**
 * The response of one request, with what the gateway knows of the exchange. It puts
 * X-Request-ID and Server-Timing into the first header, whoever writes it and in whatever way.
 */
export class Exchange extends ServerResponse<IncomingMessage> {
  readonly receivedAt = performance.now();
  /** As it arrived: applications rewrite the request's own. */
  target = "";
  requestId = "";
  traceparent = "";
  /** Milliseconds on the way from the edge, where it told. */
  queued: number | undefined;
  /** When the application was called. */
  calledAt = this.receivedAt;
  timed = true;
  /** Set while the worker is leaving: the answer asks its client to go elsewhere. */
  lameDuck: () => boolean = () => false;

  override writeHead(status: number, ...rest: unknown[]): this {
    if (this.lameDuck()) this.shouldKeepAlive = false;
    const fields = rest.at(-1);
    // A flat list of fields on an untouched response is Node's fast way: stay on it.
    if (Array.isArray(fields) && this.getHeaderNames().length === 0) {
      fields.unshift(...this.#ownFields());
    } else {
      const own = this.#ownFields();
      const theirs = this.getHeader("Server-Timing");
      for (let index = 0; index < own.length; index += 2) {
        this.setHeader(own[index] ?? "", own[index + 1] ?? "");
      }
      if (theirs !== undefined && this.timed) {
        this.setHeader("Server-Timing", [this.#timing(), ...[theirs].flat().map(String)]);
      }
    }
    return Reflect.apply(super.writeHead, this, [status, ...rest]);
  }

  #ownFields(): string[] {
    const fields = ["X-Request-ID", this.requestId];
    if (this.timed) fields.push("Server-Timing", this.#timing());
    return fields;
  }

  #timing(): string {
    const now = performance.now();
    const tiers = [
      timingEntry("gateway", now - this.receivedAt),
      timingEntry("app", now - this.calledAt),
    ];
    if (this.queued !== undefined) tiers.unshift(timingEntry("queue", this.queued));
    return tiers.join(", ");
  }
}

import type { Http2SecureServer } from "node:http2";
import type { TLSSocket } from "node:tls";
import { counter, type Metric } from "../telemetry/metric.ts";

/** Counts how handshakes end, by the version of TLS that they agree on. */
export class Handshakes {
  readonly #done = new Map<string, number>();
  #resumed = 0;
  #failed = 0;

  watch(server: Http2SecureServer): void {
    server.on("secureConnection", (socket: TLSSocket) => {
      const version = socket.getProtocol() ?? "none";
      this.#done.set(version, (this.#done.get(version) ?? 0) + 1);
      if (socket.isSessionReused()) this.#resumed++;
    });
    server.on("tlsClientError", () => this.#failed++);
  }

  metrics(): Metric[] {
    return [
      counter(
        "web_tls_handshakes_total",
        "Handshakes by the version of TLS",
        [...this.#done].map(([version, value]) => ({ labels: { version }, value })),
      ),
      counter("web_tls_resumptions_total", "Handshakes that resumed a session", this.#resumed),
      counter("web_tls_failures_total", "Handshakes that failed", this.#failed),
    ];
  }
}

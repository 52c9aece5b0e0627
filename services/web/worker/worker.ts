import { ignoreSignals } from "@gatehouse/processes";
import { type Logger, reasonOf, startTraces } from "@gatehouse/telemetry";
import { Edge } from "../edge.ts";
import {
  BEAT_INTERVAL,
  type Call,
  type FromWorker,
  HTTP_DESCRIPTORS,
  HTTPS_DESCRIPTORS,
  type ToWorker,
} from "../pool/messages.ts";
import type { WebSettings } from "../settings.ts";
import { loadSite } from "../site/load-site.ts";
import { UncaughtErrors } from "./uncaught-errors.ts";

/** An edge on the sockets of the primary, which controls it by messages. */
export class EdgeWorker {
  readonly #settings: WebSettings;
  readonly #logger: Logger;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  async run(): Promise<void> {
    ignoreSignals(["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"]);
    // Without its primary nothing could stop this process.
    process.once("disconnect", () => process.exit(1));
    try {
      const traces = await startTraces(this.#settings, this.#logger);
      const edge = new Edge(this.#settings, await loadSite(this.#settings), this.#logger, traces);
      process.on("message", (message: ToWorker) => void this.#receive(edge, message));
      await edge.start({
        http: { descriptors: HTTP_DESCRIPTORS },
        https: { descriptors: HTTPS_DESCRIPTORS },
      });
      new UncaughtErrors(this.#logger, () => send({ type: "unfit" }));
      send({ type: "ready", ports: edge.ports });
      setInterval(() => send({ type: "beat" }), BEAT_INTERVAL).unref();
    } catch (error) {
      const reason = reasonOf(error);
      this.#logger.error("worker cannot start", { reason, error });
      send({ type: "failed", reason }, () => process.exit(1));
    }
  }

  async #receive(edge: Edge, message: ToWorker): Promise<void> {
    switch (message.type) {
      case "lame-duck":
        edge.lameDuck();
        return;
      case "retire":
        await edge.stop();
        return process.exit(0);
      case "ticket-keys":
        edge.useTicketKeys(Buffer.from(message.keys));
        return;
      case "mode":
        edge.pause.mode = message.mode;
        return;
      case "canary":
        edge.canary.percent = message.percent;
        return;
      case "call": {
        const { id, call } = message;
        try {
          send({ type: "result", id, value: await resultOf(edge, call) });
        } catch (error) {
          send({ type: "failure", id, reason: reasonOf(error) });
        }
      }
    }
  }
}

async function resultOf(edge: Edge, call: Call): Promise<unknown> {
  switch (call.about) {
    case "status":
      return edge.status();
    case "metrics":
      return edge.metrics();
    case "reload":
      return edge.reload();
    case "certificates":
      return edge.reloadCertificates();
    case "in-flight":
      return edge.pause.drain(call.timeout);
    case "purge":
      return edge.cache.purge(call.purge);
    case "log":
      return edge.reopenLog();
  }
}

function send(message: FromWorker, sent?: () => void): void {
  process.send?.(message, undefined, {}, sent);
}

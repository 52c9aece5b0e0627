import { flushLogs, type Logger } from "@gatehouse/telemetry";
import { Edge } from "../edge.ts";
import {
  type FromWorker,
  HTTP_DESCRIPTOR,
  HTTPS_DESCRIPTOR,
  type Question,
  type ToWorker,
} from "../pool/messages.ts";
import type { WebSettings } from "../settings.ts";
import { loadSite } from "../site/load-site.ts";

/** The primary decides; a terminal's Ctrl-C and a signal to the group reach the workers too. */
const PRIMARYS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1"] as const;

/** An edge on the sockets of the primary, which it answers and obeys. */
export class EdgeWorker {
  readonly #settings: WebSettings;
  readonly #logger: Logger;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  async run(): Promise<void> {
    for (const signal of PRIMARYS) process.on(signal, () => undefined);
    // Without its primary nobody could stop this process.
    process.once("disconnect", () => end(1));
    try {
      const edge = new Edge(this.#settings, await loadSite(this.#settings), this.#logger);
      process.on("message", (message: ToWorker) => void this.#obey(edge, message));
      await edge.start({ http: { fd: HTTP_DESCRIPTOR }, https: { fd: HTTPS_DESCRIPTOR } });
      tell({ type: "ready", ports: edge.ports });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      this.#logger.error("worker cannot start", { reason, error });
      tell({ type: "failed", reason }, () => end(1));
    }
  }

  async #obey(edge: Edge, message: ToWorker): Promise<void> {
    switch (message.type) {
      case "lame-duck":
        edge.lameDuck();
        return;
      case "end":
        await edge.stop();
        return end(0);
      case "ticket-keys":
        edge.useTicketKeys(Buffer.from(message.keys));
        return;
      case "mode":
        edge.pause.mode = message.mode;
        return;
      case "question":
        return this.#answer(edge, message.id, message.question);
    }
  }

  async #answer(edge: Edge, id: number, question: Question): Promise<void> {
    try {
      tell({ type: "answer", id, value: await answerOf(edge, question) });
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      tell({ type: "refusal", id, reason });
    }
  }
}

async function answerOf(edge: Edge, question: Question): Promise<unknown> {
  switch (question.about) {
    case "health":
      return "alive";
    case "status":
      return edge.status();
    case "metrics":
      return edge.metrics();
    case "reload":
      return edge.reload();
    case "certificates":
      return edge.reloadCertificates();
    case "under-way":
      return edge.pause.drain(question.patience);
    case "purge":
      return edge.cache.purge(question.purge);
    case "log":
      edge.reopenLog();
      return true;
  }
}

function tell(message: FromWorker, sent?: () => void): void {
  process.send?.(message, undefined, {}, sent);
}

function end(code: number): never {
  flushLogs();
  process.exit(code);
}

import { startSettings } from "@gatehouse/settings";
import { createLogger, flushLogs } from "@gatehouse/telemetry";
import { Edge } from "./edge.ts";
import { watchNamespace } from "./namespace.ts";
import { webSettings } from "./settings.ts";

const { values: settings } = startSettings(webSettings);
const logger = createLogger("web", {});
const edge = new Edge(settings, logger);

function end(code: number): never {
  flushLogs();
  process.exit(code);
}

process.once("SIGTERM", () => void edge.stop().then(() => end(0)));
process.once("SIGINT", () => end(0));
if (settings.namespaceFile !== "") watchNamespace(settings.namespaceFile, logger, () => end(1));

edge.start().catch((error: unknown) => {
  logger.error("the edge cannot start", { reason: String(error) });
  end(1);
});

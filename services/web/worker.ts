import { startSettings } from "@gatehouse/settings";
import { createLogger } from "@gatehouse/telemetry";
import { EdgeWorker } from "./process/edge-worker.ts";
import { webSettings } from "./settings.ts";

const { values: settings } = startSettings(webSettings);
await new EdgeWorker(settings, createLogger("web", {})).run();

import { startSettings } from "@gatehouse/settings";
import { createLogger } from "@gatehouse/telemetry";
import { webSettings } from "../settings.ts";
import { EdgeWorker } from "./worker.ts";

const { values: settings } = startSettings(webSettings);
await new EdgeWorker(settings, createLogger("web", {})).run();

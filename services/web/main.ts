import { startSettings } from "@gatehouse/settings";
import { createLogger } from "@gatehouse/telemetry";
import { Primary } from "./process/primary.ts";
import { webSettings } from "./settings.ts";

const { values: settings } = startSettings(webSettings);
await Primary.start(settings, createLogger("web", {}));

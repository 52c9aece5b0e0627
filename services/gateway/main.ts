import cluster from "node:cluster";
import { startSettings } from "@gatehouse/settings";
import { refuseClashes } from "./applications/mounts.ts";
import { Primary } from "./primary.ts";
import { gatewaySettings } from "./settings.ts";
import { runWorker } from "./worker.ts";

const { values, operands } = startSettings(gatewaySettings, refuseClashes);
const settings = { ...values, app: operands[0] ?? values.app };

if (cluster.isPrimary) new Primary(settings).start();
else void runWorker(settings);

import cluster from "node:cluster";
import { startSettings } from "@gatehouse/settings";
import { Primary } from "./primary.ts";
import { gatewaySettings } from "./settings.ts";
import { runWorker } from "./worker.ts";

const { values, operands } = startSettings(gatewaySettings);
const settings = { ...values, app: operands[0] ?? values.app };

if (cluster.isPrimary) new Primary(settings).start();
else void runWorker(settings);

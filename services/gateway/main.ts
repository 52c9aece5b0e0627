import cluster from "node:cluster";
import { startSettings } from "@gatehouse/settings";
import { refuseClashes } from "./applications/mounts.ts";
import { Primary } from "./primary.ts";
import { gatewaySettings, settingsOf } from "./settings.ts";
import { runWorker } from "./worker.ts";

const settings = settingsOf(
  startSettings(gatewaySettings, (read) => refuseClashes(settingsOf(read))),
);

if (cluster.isPrimary) new Primary(settings).start();
else void runWorker(settings);

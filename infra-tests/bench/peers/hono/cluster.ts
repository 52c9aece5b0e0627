/** node:cluster, as Node's documentation has it, with srvx. */
import cluster from "node:cluster";
import { serve } from "srvx/node";
import { fetch } from "./logged.ts";

const { PORT, WORKERS } = process.env;

if (cluster.isPrimary) {
  for (let worker = 0; worker < Number(WORKERS); worker += 1) cluster.fork();
  process.on("SIGTERM", () => process.exit());
} else {
  serve({ port: Number(PORT), silent: true, fetch });
}

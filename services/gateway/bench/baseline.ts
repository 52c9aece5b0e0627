/** What the gateway is measured against: node:cluster and node:http, and nothing else. */
import cluster from "node:cluster";
import { createServer } from "node:http";
import answer from "./answer.ts";

if (cluster.isPrimary) {
  cluster.fork().once("listening", ({ port }) => {
    process.stdout.write(`${JSON.stringify({ to: "ready", port })}\n`);
  });
} else createServer(answer).listen(0, "127.0.0.1");

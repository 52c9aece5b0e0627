/**
 * What the gateway is measured against: node:cluster and node:http, and nothing else. It responds
 * with the same fields as the gateway, of which the gateway has to find the values.
 */
import cluster from "node:cluster";
import { createServer } from "node:http";
import { page } from "./page.ts";

if (cluster.isPrimary) {
  cluster.fork().once("listening", ({ port }) => {
    process.stdout.write(`${JSON.stringify({ to: "ready", port })}\n`);
  });
} else {
  // As long as the gateway keeps them, so that both promise the same in Keep-Alive.
  createServer({ keepAliveTimeout: 75_000 }, (request, response) => {
    page(request, response, {
      "X-Request-ID": "0190a5b2-7c3d-7e4f-8a6b-0c1d2e3f4a5b",
      "Server-Timing": "queue;dur=0.123, gateway;dur=0.123, app;dur=0.123",
    });
  }).listen(0, "127.0.0.1");
}

/**
 * The echo application with two faults that a test asks for: GET /fail responds with 500, and any request
 * for /die ends the worker.
 */
import type { IncomingMessage, ServerResponse } from "node:http";
import echo from "../../examples/echo.ts";

export default async function faulty(request: IncomingMessage, response: ServerResponse) {
  if (request.url === "/die") process.exit(1);
  if (request.url !== "/fail") return await echo(request, response);
  response.writeHead(500).end("failed on purpose\n");
}

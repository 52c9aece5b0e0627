import type { IncomingMessage, ServerResponse } from "node:http";

const PAGE = "Hello from the application. ".repeat(40);

/** The application of both: a short page. Like every framework, it looks at the headers. */
export default function answer(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.host === undefined) response.statusCode = 400;
  response.writeHead(200, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": PAGE.length,
  });
  response.end(PAGE);
}

import type { IncomingMessage, ServerResponse } from "node:http";

const PAGE = "Hello from the application. ".repeat(40);

/** The application of both: a short page. Like every framework, it looks at the headers. */
export default function respond(request: IncomingMessage, response: ServerResponse): void {
  page(request, response, {});
}

/** The same page with more fields. */
export function page(request: IncomingMessage, response: ServerResponse, more: object): void {
  if (request.headers.host === undefined) response.statusCode = 400;
  response.writeHead(200, {
    "Content-Type": "text/plain; charset=utf-8",
    "Content-Length": PAGE.length,
    ...more,
  });
  response.end(PAGE);
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { isUnavailable } from "./database.ts";
import { addEntry, newestEntries, problemOf } from "./entries.ts";
import { CHANGED, EVENT_STREAM, watchEntries } from "./live.ts";
import { entryList, page } from "./page.ts";
import { keepPicture, pictureFields } from "./uploads.ts";

const HTML = { "content-type": "text/html; charset=utf-8" };

type Handler = (request: IncomingMessage, response: ServerResponse, path: string) => unknown;

const ROUTES: Readonly<Record<string, Handler>> = {
  "GET /": async (_request, response) => {
    const body = page(await newestEntries());
    response.writeHead(200, HTML).end(body);
  },
  "GET /entries": async (_request, response) => {
    const body = entryList(await newestEntries());
    response.writeHead(200, HTML).end(body);
  },
  "POST /entries": add,
  "GET /live": live,
};

const server = createServer(async (request, response) => {
  try {
    const { pathname } = new URL(request.url ?? "/", "http://site");
    const method = request.method === "HEAD" ? "GET" : request.method;
    const handle = pathname.startsWith("/pictures/") ? picture : ROUTES[`${method} ${pathname}`];
    if (handle === undefined) response.writeHead(404).end("There is no such page.");
    else await handle(request, response, pathname);
  } catch (error) {
    console.error(error);
    if (response.headersSent) response.destroy();
    else if (isUnavailable(error)) {
      response.writeHead(503, { "retry-after": "5" }).end("Please try again in a few seconds.");
    } else response.writeHead(500).end("Something went wrong here.");
  }
});

async function add(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { origin = "", host } = request.headers;
  // A form that another site has sent would be sent with this site's cookies.
  if (!URL.canParse(origin) || new URL(origin).host !== host) {
    response.writeHead(403).end("Please send the form of this site.");
    return;
  }
  // Node reads forms itself. site.ts and WEB_LIMIT_REQUEST_BODY say how long they may be.
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  const form = await new Response(Readable.toWeb(request) as ReadableStream, {
    headers,
  }).formData();
  const text = String(form.get("text") ?? "");
  const file = form.get("picture");
  let problem = problemOf(text);
  let name: string | undefined;
  if (problem === undefined && file instanceof File && file.size > 0) {
    name = await keepPicture(await file.bytes());
    if (name === undefined) problem = "Please choose a PNG, JPEG or GIF of at most 5 MB.";
  }
  if (problem !== undefined) {
    const body = page(await newestEntries(), problem);
    response.writeHead(422, HTML).end(body);
    return;
  }
  await addEntry(text, name ?? null);
  response.writeHead(303, { location: "/" }).end();
}

function picture(_request: IncomingMessage, response: ServerResponse, path: string): void {
  const fields = pictureFields(path.slice("/pictures/".length));
  if (fields === undefined) response.writeHead(404).end("There is no such picture.");
  else response.writeHead(200, fields).end();
}

/** The open event streams: they would keep this process from ending. */
const streams = new Set<ServerResponse>();

async function live(_request: IncomingMessage, response: ServerResponse): Promise<void> {
  const unwatch = await watchEntries(() => response.write(CHANGED));
  streams.add(response);
  response.on("close", () => {
    unwatch();
    streams.delete(response);
  });
  response.writeHead(200, EVENT_STREAM);
  // What was added before the page was open.
  response.write(CHANGED);
}

process.on("SIGTERM", () => {
  server.close();
  for (const stream of streams) stream.end();
});

/** Alone it listens on PORT; in the gateway's worker, which shares one port with others, it is taken over. */
server.listen(Number(process.env.PORT ?? 3000));

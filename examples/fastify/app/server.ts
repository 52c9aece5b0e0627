import { Readable } from "node:stream";
import fastify, { type FastifyRequest } from "fastify";
import { isUnavailable } from "./database.ts";
import { addEntry, newestEntries, problemOf } from "./entries.ts";
import { CHANGED, EVENT_STREAM, watchEntries } from "./live.ts";
import { entryList, page } from "./page.ts";
import { keepPicture, pictureFields } from "./uploads.ts";

const app = fastify();

// Node reads forms itself. site.ts and WEB_LIMIT_REQUEST_BODY say how long they may be.
app.addContentTypeParser("multipart/form-data", (request: FastifyRequest, payload: Readable) => {
  const headers = { "content-type": request.headers["content-type"] ?? "" };
  return new Response(Readable.toWeb(payload) as ReadableStream, { headers }).formData();
});

// A form that another site has sent would be sent with this site's cookies.
app.addHook("onRequest", async (request, reply) => {
  const { origin = "", host } = request.headers;
  if (request.method !== "POST") return;
  if (URL.canParse(origin) && new URL(origin).host === host) return;
  return await reply.code(403).send("Please send the form of this site.");
});

const HTML = "text/html; charset=utf-8";

app.get("/", async (_request, reply) => reply.type(HTML).send(page(await newestEntries())));

app.get("/entries", async (_request, reply) =>
  reply.type(HTML).send(entryList(await newestEntries())),
);

app.post<{ Body: FormData }>("/entries", async ({ body: form }, reply) => {
  const text = String(form.get("text") ?? "");
  const file = form.get("picture");
  let problem = problemOf(text);
  let picture: string | undefined;
  if (problem === undefined && file instanceof File && file.size > 0) {
    picture = await keepPicture(await file.bytes());
    if (picture === undefined) problem = "Please choose a PNG, JPEG or GIF of at most 5 MB.";
  }
  if (problem !== undefined) {
    return reply
      .code(422)
      .type(HTML)
      .send(page(await newestEntries(), problem));
  }
  await addEntry(text, picture ?? null);
  return reply.redirect("/", 303);
});

app.get<{ Params: { name: string } }>("/pictures/:name", async (request, reply) => {
  const fields = pictureFields(request.params.name);
  return fields === undefined ? reply.callNotFound() : reply.headers(fields).send();
});

/** The open event streams: they would keep this process from ending. */
const streams = new Set<Readable>();

app.get("/live", async (_request, reply) => {
  const stream = new Readable({ read: () => {} });
  // What was added before the page was open.
  stream.push(CHANGED);
  const unwatch = await watchEntries(() => stream.push(CHANGED));
  streams.add(stream);
  stream.on("close", () => {
    unwatch();
    streams.delete(stream);
  });
  return reply.headers(EVENT_STREAM).send(stream);
});

app.setErrorHandler((error, _request, reply) => {
  console.error(error);
  if (!isUnavailable(error)) return reply.code(500).send("Something went wrong here.");
  return reply.code(503).header("retry-after", "5").send("Please try again in a few seconds.");
});

process.on("SIGTERM", () => {
  for (const stream of streams) stream.push(null);
  void app.close();
});

/** Alone it listens on PORT; in the gateway's worker, which shares one port with others, it is taken over. */
await app.listen({ port: Number(process.env.PORT ?? 3000) });

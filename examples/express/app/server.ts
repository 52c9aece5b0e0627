import express, { type ErrorRequestHandler } from "express";
import multer from "multer";
import { isUnavailable } from "./database.ts";
import { addEntry, newestEntries, problemOf } from "./entries.ts";
import { CHANGED, EVENT_STREAM, watchEntries } from "./live.ts";
import { entryList, page } from "./page.ts";
import { keepPicture, LARGEST, pictureFields } from "./uploads.ts";

const WRONG_PICTURE = "Please choose a PNG, JPEG or GIF of at most 5 MB.";

const app = express();
app.disable("x-powered-by");
const form = multer({ storage: multer.memoryStorage(), limits: { fileSize: LARGEST, files: 1 } });

// A form that another site has sent would be sent with this site's cookies.
app.use((request, response, next) => {
  const { origin, host } = request.headers;
  if (
    request.method === "POST" &&
    (!URL.canParse(origin ?? "") || new URL(origin ?? "").host !== host)
  ) {
    response.status(403).send("Please send the form of this site.");
    return;
  }
  next();
});

app.get("/", async (_request, response) => {
  response.send(page(await newestEntries()));
});

app.get("/entries", async (_request, response) => {
  response.send(entryList(await newestEntries()));
});

app.post("/entries", form.single("picture"), async (request, response) => {
  const text = String(request.body?.text ?? "");
  let problem = problemOf(text);
  let picture: string | undefined;
  if (problem === undefined && request.file !== undefined && request.file.size > 0) {
    picture = await keepPicture(request.file.buffer);
    if (picture === undefined) problem = WRONG_PICTURE;
  }
  if (problem !== undefined) {
    response.status(422).send(page(await newestEntries(), problem));
    return;
  }
  await addEntry(text, picture ?? null);
  response.redirect(303, "/");
});

app.get("/pictures/:name", (request, response, next) => {
  const fields = pictureFields(request.params.name);
  if (fields === undefined) next();
  else response.set(fields).end();
});

/** The open event streams: they would keep this process from ending. */
const streams = new Set<express.Response>();
process.on("SIGTERM", () => {
  for (const stream of streams) stream.end();
});

app.get("/live", async (_request, response) => {
  const unwatch = await watchEntries(() => response.write(CHANGED));
  streams.add(response);
  response.on("close", () => {
    unwatch();
    streams.delete(response);
  });
  response.set(EVENT_STREAM);
  // What was added before the page was open.
  response.write(CHANGED);
});

const failed: ErrorRequestHandler = async (error, _request, response, next) => {
  if (response.headersSent) return next(error);
  if (error instanceof multer.MulterError) {
    response.status(422).send(page(await newestEntries(), WRONG_PICTURE));
    return;
  }
  console.error(error);
  if (isUnavailable(error)) {
    response.status(503).set("retry-after", "5").send("Please try again in a few seconds.");
  } else response.status(500).send("Something went wrong here.");
};
app.use(failed);

/** Alone it listens on PORT; in the gateway's worker, which shares one port with others, it is taken over. */
app.listen(Number(process.env.PORT ?? 3000));

import { Hono } from "hono";
import { csrf } from "hono/csrf";
import { HTTPException } from "hono/http-exception";
import { stream } from "hono/streaming";
import { isUnavailable } from "./database.ts";
import { addEntry, newestEntries, problemOf } from "./entries.ts";
import { CHANGED, EVENT_STREAM, watchEntries } from "./live.ts";
import { entryList, page } from "./page.ts";
import { keepPicture, pictureFields } from "./uploads.ts";

const app = new Hono();

// A form that another site has sent would be sent with this site's cookies.
app.use(csrf());

app.get("/", async (c) => c.html(page(await newestEntries())));

app.get("/entries", async (c) => c.html(entryList(await newestEntries())));

app.post("/entries", async (c) => {
  const form = await c.req.formData();
  const text = String(form.get("text") ?? "");
  const file = form.get("picture");
  let problem = problemOf(text);
  let picture: string | undefined;
  if (problem === undefined && file instanceof File && file.size > 0) {
    picture = await keepPicture(await file.bytes());
    if (picture === undefined) problem = "Please choose a PNG, JPEG or GIF of at most 5 MB.";
  }
  if (problem !== undefined) return c.html(page(await newestEntries(), problem), 422);
  await addEntry(text, picture ?? null);
  return c.redirect("/", 303);
});

app.get("/pictures/:name", (c) => {
  const fields = pictureFields(c.req.param("name"));
  return fields === undefined ? c.notFound() : c.body(null, 200, fields);
});

/** Aborted when this process is to end: an event stream would keep it from that. */
const ending = new AbortController();

app.get("/live", async (c) => {
  const { promise: over, resolve: end } = Promise.withResolvers<void>();
  let changed = (): void => {};
  const unwatch = await watchEntries(() => changed());
  for (const [name, value] of Object.entries(EVENT_STREAM)) c.header(name, value);
  return stream(c, async (events) => {
    changed = () => void events.write(CHANGED);
    events.onAbort(end);
    ending.signal.addEventListener("abort", () => end());
    // What was added before the page was open.
    changed();
    await over;
    unwatch();
  });
});

app.onError((error, c) => {
  if (error instanceof HTTPException) return error.getResponse();
  console.error(error);
  if (!isUnavailable(error)) return c.text("Something went wrong here.", 500);
  return c.text("Please try again in a few seconds.", 503, { "retry-after": "5" });
});

/** The gateway calls `shutdown` when this process has to end, and waits for the responses that are due. */
export default { fetch: app.fetch, shutdown: () => ending.abort() };

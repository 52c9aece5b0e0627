import { Readable } from "node:stream";
import { HTTPException } from "hono/http-exception";
import { getMimeType } from "hono/utils/mime";
import { type Notice, noticeOfPicture } from "../models/notice.ts";
import type { ViewContext } from "../view-context.ts";

/** A picture never changes, but it may become private or hidden. */
const SHARED = "public, max-age=60";

/**
 * GET /pictures/:name, if the visitor may see it. With X-Accel-Redirect the web server sends the
 * file; without a web server in front, this process does.
 */
export async function sendPicture(c: ViewContext): Promise<Response> {
  const name = c.req.param("name") ?? "";
  const { user, unknown } = c.var.visitor;
  const notice = await c.var.query((database) => noticeOfPicture(database, name, user));
  if (notice === undefined) throw unknown ?? new HTTPException(404);
  const { values, pictures } = c.var.parts;
  if (values.mediaRedirect !== "") {
    setFields(c, name, notice);
    c.header("X-Accel-Redirect", `${values.mediaRedirect}${name}`);
    return c.body(null);
  }
  const file = await pictures.open(name);
  if (file === undefined) throw new HTTPException(404);
  setFields(c, name, notice);
  c.header("Content-Length", String((await file.stat()).size));
  return c.body(Readable.toWeb(file.createReadStream()) as ReadableStream);
}

/** Only after the last check, because an error page would keep these header fields. */
function setFields(c: ViewContext, name: string, notice: Notice): void {
  const isPublic = !notice.picturePrivate && notice.hiddenAt === null;
  c.header("Content-Type", getMimeType(name) ?? "application/octet-stream");
  c.header("Cache-Control", isPublic ? SHARED : "private, no-store");
  // Opened by itself, the file cannot run anything.
  c.header("Content-Security-Policy", "default-src 'none'; sandbox");
}

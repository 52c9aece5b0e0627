import { Readable } from "node:stream";
import { HTTPException } from "hono/http-exception";
import type { ViewContext } from "../context.ts";
import { typeOfName } from "../media/picture-format.ts";
import { type Notice, noticeOfPicture } from "../models/notice.ts";

/** A picture's name changes with its content, but it may become private, or hidden. */
const SHARED = "public, max-age=60";

/**
 * GET /pictures/:name: only to those who may see it. The answer names the file, and the web server
 * sends it (X-Accel-Redirect); where there is none in front, this process does.
 */
export async function sendPicture(c: ViewContext): Promise<Response> {
  const name = c.req.param("name") ?? "";
  const { user, unknown } = c.var.visitor;
  const notice = await c.var.ask((database) => noticeOfPicture(database, name, user));
  if (notice === undefined) {
    if (unknown !== undefined) throw unknown;
    throw new HTTPException(404);
  }
  const { values, pictures } = c.var.parts;
  if (values.mediaRedirect !== "") {
    describe(c, name, notice);
    c.header("X-Accel-Redirect", `${values.mediaRedirect}${name}`);
    return c.body(null);
  }
  const file = await pictures.open(name);
  if (file === undefined) throw new HTTPException(404);
  describe(c, name, notice);
  c.header("Content-Length", String((await file.stat()).size));
  return c.body(Readable.toWeb(file.createReadStream()) as ReadableStream);
}

/** Sets the picture's fields: not before nothing can fail, for the page of an error would keep them. */
function describe(c: ViewContext, name: string, notice: Notice): void {
  const everybodys = !notice.picturePrivate && notice.hiddenAt === null;
  c.header("Content-Type", typeOfName(name) ?? "application/octet-stream");
  c.header("Cache-Control", everybodys ? SHARED : "private, no-store");
  // Whatever the file is, opened by itself it does nothing.
  c.header("Content-Security-Policy", "default-src 'none'; sandbox");
}

import { check } from "k6";
import encoding from "k6/encoding";
import http from "k6/http";
import type { Cast } from "../cast.ts";
import { anyOf, hidden, open, post as send } from "../visitor.ts";

/** A small PNG, whole. */
const PICTURE = encoding.b64decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

/** A member writes a notice with a picture, reads it, and takes it down again. */
export function post({ members }: Cast): void {
  const session = anyOf(members)?.session;
  const form = open("/notices/new", "notice form", session);
  const csrf = hidden(form, "csrf");
  const answer = send(
    "/notices/new",
    "post a notice",
    {
      csrf,
      token: hidden(form, "token"),
      title: `Load ${Date.now()}`,
      body: "Pinned by a load test, and gone in a moment.",
      picture: http.file(PICTURE, "dot.png", "image/png"),
    },
    session,
  );
  const path = answer.headers.Location;
  check(answer, { "the notice is posted": ({ status }) => status === 303 });
  if (path === undefined) return;
  open(path, "notice", session);
  const gone = send(`${path}/delete`, "delete a notice", { csrf }, session);
  check(gone, { "the notice is deleted": ({ status }) => status === 303 });
}

import type { Journeys } from "@gatehouse/testing/load";
import { check } from "k6";
import encoding from "k6/encoding";
import http from "k6/http";
import { WebSocket } from "k6/websockets";
import {
  type Cast,
  hiddenField,
  ORIGIN,
  openPage,
  type Page,
  randomOf,
  sendForm,
} from "./visitor.ts";

export { signUpCast as setup } from "./visitor.ts";

export const journeys = {
  browse: { share: 0.6, run: browse, seconds: 1 },
  search: { share: 0.24, run: search, seconds: 1 },
  live: { share: 0.1, run: live, seconds: 5 },
  post: { share: 0.04, run: post, seconds: 1 },
  /**
   * A small share on purpose: a password hash takes 19 MiB and about 40 ms of a processor. With this
   * share, hashes are already a third of the site's work.
   */
  signIn: { share: 0.02, run: signIn, seconds: 1 },
} satisfies Journeys<Cast>;

/** A guest opens the board, then one notice with its picture. Most visitors do this. */
function browse(): void {
  const board = openPage("/", "board");
  const notice = openPage(someNotice(board), "notice");
  const picture = /src="(\/pictures\/[^"]+)"/.exec(notice.body ?? "")?.[1];
  // Not every notice has a picture.
  if (picture !== undefined) fetchFile(picture, "picture");
  const sheet = /href="(\/assets\/[^"]+\.css)"/.exec(board.body ?? "")?.[1];
  if (check(sheet, { "the page links a style sheet": (found) => found !== undefined })) {
    fetchFile(sheet ?? "", "style sheet");
  }
}

/** The path of a random notice on the board. An empty board is a failed check. */
function someNotice(board: Page): string {
  const paths = [...(board.body ?? "").matchAll(/href="(\/notices\/\d+)"/g)].map(
    ([, path]) => path,
  );
  check(paths, { "the board has notices": ({ length }) => length > 0 });
  return randomOf(paths) ?? "/";
}

/** Fetches a file. The web server sends it itself, so Server-Timing must name it. */
function fetchFile(path: string, name: string): void {
  check(http.get(`${ORIGIN}${path}`, { tags: { name } }), {
    "the file is sent": ({ status, body }) => status === 200 && body !== null && body !== "",
    "the web server sends it": ({ headers }) => /\bweb;dur=/.test(headers["Server-Timing"] ?? ""),
  });
}

/** Milliseconds that a visitor reads a notice. */
const READING = 4000;

/**
 * A visitor reads a notice and sees who else reads it: a WebSocket through all tiers. Server-sent
 * events are left to the browser tests, since k6 cannot read them while they arrive.
 */
function live(): void {
  const path = someNotice(openPage("/", "board"));
  openPage(path, "notice");
  const socket = new WebSocket(`${ORIGIN.replace("https", "wss")}${path}/readers`, null, {
    headers: { Origin: ORIGIN },
    tags: { name: "readers" },
  });
  let received = false;
  socket.addEventListener("message", (event) => {
    received ||= "data" in event && String(event.data).includes("guests");
  });
  socket.addEventListener("error", () => socket.close());
  socket.addEventListener("open", () => setTimeout(() => socket.close(), READING));
  socket.addEventListener("close", () => {
    check(received, { "the list of readers arrives": (it) => it });
  });
}

/** A complete PNG of one pixel. */
const PICTURE = encoding.b64decode(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
);

/** A member posts a notice with a picture, reads it, and deletes it. */
function post({ members }: Cast): void {
  const session = randomOf(members)?.session;
  const form = openPage("/notices/new", "notice form", session);
  const csrf = hiddenField(form, "csrf");
  const response = sendForm(
    "/notices/new",
    "post a notice",
    {
      csrf,
      token: hiddenField(form, "token"),
      title: `Load ${Date.now()}`,
      body: "From a load test, and deleted in a moment.",
      picture: http.file(PICTURE, "dot.png", "image/png"),
    },
    session,
  );
  const path = response.headers.Location;
  check(response, { "the notice is posted": ({ status }) => status === 303 });
  if (path === undefined) return;
  openPage(path, "notice", session);
  const deleted = sendForm(`${path}/delete`, "delete a notice", { csrf }, session);
  check(deleted, { "the notice is deleted": ({ status }) => status === 303 });
}

const WORDS = ["cat", "piano", "keys", "bicycle", "choir", "boxes", "lessons", "marzipan"];

/** A visitor searches for a word, then opens the older notices. */
function search(): void {
  const word = randomOf(WORDS) ?? "";
  const results = openPage(`/?q=${word}`, "search");
  check(results, { "the field has the word": ({ body }) => body?.includes(word) ?? false });
  const older = /href="(\/\?before=\d+)"/.exec(openPage("/", "board").body ?? "")?.[1];
  if (check(older, { "the board has older notices": (found) => found !== undefined })) {
    openPage(older ?? "/", "older notices");
  }
}

/** A member signs in: the site computes a memory-hard hash. */
function signIn({ members }: Cast): void {
  openPage("/sign-in", "sign-in form");
  const { name = "", password = "" } = randomOf(members) ?? {};
  const response = sendForm("/sign-in", "sign in", { name, password });
  check(response, { "the member is signed in": ({ status }) => status === 303 });
}

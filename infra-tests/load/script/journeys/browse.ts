import { check } from "k6";
import http from "k6/http";
import { anyOf, ORIGIN, open } from "../visitor.ts";

/** A guest opens the board, then one notice with its picture, as most visitors do. */
export function browse(): void {
  const board = open("/", "board");
  const notices = [...(board.body ?? "").matchAll(/href="(\/notices\/\d+)"/g)];
  const path = anyOf(notices)?.[1];
  if (path !== undefined) {
    const notice = open(path, "notice");
    const picture = /src="(\/pictures\/[^"]+)"/.exec(notice.body ?? "")?.[1];
    if (picture !== undefined) see(picture, "picture", "web");
  }
  const sheet = /href="(\/assets\/[^"]+\.css)"/.exec(board.body ?? "")?.[1];
  if (sheet !== undefined) see(sheet, "style sheet", "web");
}

/** Fetches a file that the web server sends. */
function see(path: string, name: string, tier: string): void {
  check(http.get(`${ORIGIN}${path}`, { tags: { name } }), {
    "the file is there": ({ status }) => status === 200,
    "the web server has sent it": ({ headers }) =>
      (headers["Server-Timing"] ?? tier).includes(tier),
  });
}

import { check } from "k6";
import { WebSocket } from "k6/websockets";
import { anyOf, ORIGIN, open } from "../visitor.ts";

/** Milliseconds that somebody reads. */
const READING = 4000;

/**
 * Somebody reads a notice, and sees who else does: a WebSocket through all tiers. (k6 cannot read
 * server-sent events while they come; the browser tests do that.)
 */
export function live(): void {
  const board = open("/", "board");
  const path = anyOf([...(board.body ?? "").matchAll(/href="(\/notices\/\d+)"/g)])?.[1];
  if (path === undefined) return;
  open(path, "notice");
  const socket = new WebSocket(`${ORIGIN.replace("https", "wss")}${path}/readers`, null, {
    headers: { Origin: ORIGIN },
    tags: { name: "readers" },
  });
  let told = false;
  socket.addEventListener("message", (event) => {
    told ||= "data" in event && String(event.data).includes("guests");
  });
  socket.addEventListener("error", () => socket.close());
  socket.addEventListener("open", () => setTimeout(() => socket.close(), READING));
  socket.addEventListener("close", () => {
    check(told, { "the reader is told who reads": (was) => was });
  });
}

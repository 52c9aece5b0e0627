import { check } from "k6";
import { anyOf, open } from "../visitor.ts";

const WORDS = ["cat", "piano", "keys", "bicycle", "choir", "boxes", "lessons", "marzipan"];

/** Somebody looks for a word, and turns to the older notices. */
export function search(): void {
  const word = anyOf(WORDS) ?? "";
  const found = open(`/?q=${word}`, "search");
  check(found, { "the word stands in the field": ({ body }) => body?.includes(word) ?? false });
  const board = open("/", "board");
  const older = /href="(\/\?before=\d+)"/.exec(board.body ?? "")?.[1];
  if (older !== undefined) open(older, "older notices");
}

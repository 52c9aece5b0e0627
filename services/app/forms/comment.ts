import { randomUUID } from "node:crypto";
import { LIMITS } from "../models/text-lengths.ts";
import { errorsOf, type Form, lines, textError, tokenOf } from "./fields.ts";

export interface CommentForm extends Form<"comment"> {
  readonly token: string;
}

export function commentForm(body = ""): CommentForm {
  return { values: { comment: body }, errors: {}, token: randomUUID() };
}

export function parseComment(fields: URLSearchParams): CommentForm {
  const comment = lines(fields.get("comment"));
  const errors = errorsOf({ comment: textError(comment, LIMITS.comment, "Enter your comment.") });
  return { values: { comment }, errors, token: tokenOf(fields) };
}

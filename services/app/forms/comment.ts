import { randomUUID } from "node:crypto";
import { LIMITS } from "../models/schema.ts";
import { errorsOf, type Form } from "./form.ts";
import { complaint, lines } from "./text.ts";
import { tokenOf } from "./token.ts";

export interface CommentForm extends Form<"comment"> {
  /** The one-time token. */
  readonly token: string;
}

/** The form with a text in it, or empty. */
export function commentForm(body = ""): CommentForm {
  return { values: { comment: body }, errors: {}, token: randomUUID() };
}

export function parseComment(fields: URLSearchParams): CommentForm {
  const comment = lines(fields.get("comment"));
  const errors = errorsOf({ comment: complaint(comment, LIMITS.comment, "Enter your comment.") });
  return { values: { comment }, errors, token: tokenOf(fields) };
}

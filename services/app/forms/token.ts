import { randomUUID } from "node:crypto";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The one-time token of a form that creates something: the database takes each only once, so a
 * form that is sent twice makes one thing. A client that sends none gets a new one.
 */
export function tokenOf(fields: URLSearchParams): string {
  const token = fields.get("token") ?? "";
  return UUID.test(token) ? token : randomUUID();
}

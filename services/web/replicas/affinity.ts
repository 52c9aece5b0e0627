import { randomBytes } from "node:crypto";
import { type ClientSide, isEngineIo, keyOfClient, type RawFields } from "@gatehouse/http";
import { cookieName, cookieOf, newCookie } from "../exchange/cookie.ts";
import type { ProxyRoute } from "../site/site.ts";

/** 128 random bits in base64url: nothing else is taken for a key. */
const KEY_BYTES = 16;
const KEY = /^[\w-]{22}$/;
const COOKIE = "gatehouse-affinity";

/** What decides which replica, and there which worker, gets a request. */
export interface AffinityKey {
  readonly key: string;
  /** A Set-Cookie for a client that had no usable cookie. */
  readonly newCookie: string | undefined;
}

/** The key of a request; undefined where any replica may have it. */
export function affinityOf(
  { affinity }: Pick<ProxyRoute, "affinity">,
  request: { readonly target: string; readonly client: ClientSide; readonly rawHeaders: RawFields },
): AffinityKey | undefined {
  if (affinity === undefined && !isEngineIo(request.target)) return undefined;
  if (affinity === "off") return undefined;
  const { client } = request;
  if (affinity !== "cookie") return { key: keyOfClient(client), newCookie: undefined };
  return cookieKeyOf(request);
}

/** The key in the cookie of a request, or a new one for a client that has none. */
export function cookieKeyOf({
  client,
  rawHeaders,
}: {
  readonly client: ClientSide;
  readonly rawHeaders: RawFields;
}): AffinityKey {
  const sent = cookieOf(rawHeaders, cookieName(COOKIE, client.scheme), KEY);
  if (sent !== undefined) return { key: sent, newCookie: undefined };
  const key = randomBytes(KEY_BYTES).toString("base64url");
  return { key, newCookie: newCookie(COOKIE, key, client.scheme) };
}

import { randomBytes } from "node:crypto";
import {
  type ClientSide,
  clientKey,
  fieldValue,
  isEngineIo,
  type RawFields,
} from "@gatehouse/http";
import type { ProxyRoute } from "../site/site.ts";

/** 128 random bits in base64url: nothing else is taken for a key. */
const KEY_BYTES = 16;
const KEY = /^[\w-]{22}$/;
const COOKIE = "gatehouse-affinity";
/** With this prefix a browser takes the cookie from this very host alone, over HTTPS. */
const SECURE_COOKIE = `__Host-${COOKIE}`;

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
  const { client, rawHeaders } = request;
  if (affinity !== "cookie") return { key: clientKey(client.address), newCookie: undefined };
  const secure = client.scheme === "https";
  const name = secure ? SECURE_COOKIE : COOKIE;
  const sent = cookieOf(rawHeaders, name);
  if (sent !== undefined) return { key: sent, newCookie: undefined };
  const key = randomBytes(KEY_BYTES).toString("base64url");
  const attributes = `Path=/; ${secure ? "Secure; " : ""}HttpOnly; SameSite=Lax`;
  return { key, newCookie: `${name}=${key}; ${attributes}` };
}

/** The first cookie of that name whose value could be one of ours. */
function cookieOf(rawHeaders: RawFields, name: string): string | undefined {
  const cookies = fieldValue("cookie", rawHeaders, ";");
  if (cookies === undefined || !cookies.includes(name)) return undefined;
  const prefix = `${name}=`;
  for (const cookie of cookies.split(";")) {
    const pair = cookie.trim();
    if (!pair.startsWith(prefix)) continue;
    const value = pair.slice(prefix.length);
    if (KEY.test(value)) return value;
  }
  return undefined;
}

import { fieldValue, type RawFields } from "@gatehouse/http";

/** The field of RFC 9213 for caches that stand before a site, as a CDN does, and as ours. */
export const TARGETED = "cdn-cache-control";

/**
 * Whether a response says that shared caches may use it again (RFC 9111, section 3): in the field for all
 * of them, or in the targeted one, which only some know.
 */
export function isShared(fields: RawFields): boolean {
  const control = fieldValue("cache-control", fields);
  if (isForAll(control)) return true;
  if (!isPrivate(control) && fieldValue("expires", fields) !== undefined) return true;
  return isForAll(fieldValue(TARGETED, fields));
}

function isForAll(control = ""): boolean {
  return !isPrivate(control) && /public|max-age=[1-9]|s-maxage/i.test(control);
}

function isPrivate(control = ""): boolean {
  return /private|no-store|no-cache/i.test(control);
}

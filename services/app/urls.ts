import { listNotices, postNotice } from "./views/notices.ts";

/** Every address of the site: its name, its path and the view that answers each method. */
export const urls = {
  notices: { path: "/", GET: listNotices, POST: postNotice },
} as const;

export type UrlName = keyof typeof urls;

/** The path of a named address, so that no template spells out a path. */
export function reverse(name: UrlName): string {
  return urls[name].path;
}

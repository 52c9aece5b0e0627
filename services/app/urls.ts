import { listNotices, postNotice } from "./views/notices.ts";

/** Every address of the site: its name, its path and the view that answers each method. */
export const urls = {
  notices: { path: "/", GET: listNotices, POST: postNotice },
} as const;

/**
 * The path of a named address, so that no template spells out a path.
 * @throws Error for a name that is not in the table (Django's NoReverseMatch)
 */
export function reverse(name: string): string {
  const found = Object.entries(urls).find(([known]) => known === name)?.[1];
  if (found === undefined) throw new Error(`no address in urls.ts is called "${name}"`);
  return found.path;
}

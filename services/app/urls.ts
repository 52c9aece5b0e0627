const ID = ":id{[1-9][0-9]{0,14}}";

/** Every address of the site: its name and its path. `site.ts` says which views serve it. */
export const urls = {
  notices: "/",
  newNotice: "/notices/new",
  notice: `/notices/${ID}`,
  editNotice: `/notices/${ID}/edit`,
  deleteNotice: `/notices/${ID}/delete`,
  hideNotice: `/notices/${ID}/hide`,
  addComment: `/notices/${ID}/comments`,
  editComment: `/comments/${ID}/edit`,
  deleteComment: `/comments/${ID}/delete`,
  hideComment: `/comments/${ID}/hide`,
  picture: "/pictures/:name{[0-9a-f-]{36}\\.[a-z]{3,4}}",

  signUp: "/sign-up",
  signIn: "/sign-in",
  signOut: "/sign-out",

  events: "/events",
  readers: `/notices/${ID}/readers`,

  chain: "/chain",
  hop: "/chain/hop",
  about: "/about",

  apiNotices: "/api/notices",
  apiNotice: `/api/notices/${ID}`,
  apiSession: "/api/session",
} as const;

export type UrlName = keyof typeof urls;

/** reverse("notice", 7) is "/notices/7". @throws Error for a missing or a needless value */
export function reverse(name: UrlName, value?: number | string): string {
  const path = urls[name];
  const needsValue = path.includes(":");
  if (needsValue !== (value !== undefined)) {
    throw new Error(`the address "${name}" ${needsValue ? "needs a" : "takes no"} value: ${path}`);
  }
  return path.replace(/:\w+(\{.*?\}(?=\/|$))?/, encodeURIComponent(value ?? ""));
}

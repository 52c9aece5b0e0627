import { about } from "./views/about.ts";
import { createNoticeByApi, listNoticesByApi, showNoticeByApi, showSession } from "./views/api.ts";
import { showChain, showHop } from "./views/chain.ts";
import {
  confirmDeleteComment,
  removeComment,
  saveComment,
  setCommentHidden,
  showCommentForm,
} from "./views/comment-actions.ts";
import { addCommentTo } from "./views/comments.ts";
import { streamEvents } from "./views/events.ts";
import { confirmDeleteNotice, removeNotice, setNoticeHidden } from "./views/notice-actions.ts";
import { createNotice, saveNotice, showEditForm, showNewForm } from "./views/notice-forms.ts";
import { listNotices, showNotice } from "./views/notices.ts";
import { sendPicture } from "./views/pictures.ts";
import { upgradeRequired } from "./views/readers.ts";
import { showSignIn, signIn, signOut } from "./views/sign-in.ts";
import { showSignUp, signUp } from "./views/sign-up.ts";

const ID = ":id{[1-9][0-9]{0,14}}";

/** Every address of the site: its name, its path and the view that answers each method. */
export const urls = {
  notices: { path: "/", GET: listNotices },
  newNotice: { path: "/notices/new", GET: showNewForm, POST: createNotice },
  notice: { path: `/notices/${ID}`, GET: showNotice },
  editNotice: { path: `/notices/${ID}/edit`, GET: showEditForm, POST: saveNotice },
  deleteNotice: { path: `/notices/${ID}/delete`, GET: confirmDeleteNotice, POST: removeNotice },
  hideNotice: { path: `/notices/${ID}/hide`, POST: setNoticeHidden },
  addComment: { path: `/notices/${ID}/comments`, POST: addCommentTo },
  editComment: { path: `/comments/${ID}/edit`, GET: showCommentForm, POST: saveComment },
  deleteComment: { path: `/comments/${ID}/delete`, GET: confirmDeleteComment, POST: removeComment },
  hideComment: { path: `/comments/${ID}/hide`, POST: setCommentHidden },
  picture: { path: "/pictures/:name{[0-9a-f-]{36}\\.[a-z]{3,4}}", GET: sendPicture },

  signUp: { path: "/sign-up", GET: showSignUp, POST: signUp },
  signIn: { path: "/sign-in", GET: showSignIn, POST: signIn },
  signOut: { path: "/sign-out", POST: signOut },

  /** Server-sent events: what changes on the board. */
  events: { path: "/events", GET: streamEvents },
  /** The WebSocket of who reads a notice; live/presence.ts answers it. */
  readers: { path: `/notices/${ID}/readers`, GET: upgradeRequired },

  chain: { path: "/chain", GET: showChain },
  hop: { path: "/chain/hop", GET: showHop },
  about: { path: "/about", GET: about },

  apiNotices: { path: "/api/notices", GET: listNoticesByApi, POST: createNoticeByApi },
  apiNotice: { path: `/api/notices/${ID}`, GET: showNoticeByApi },
  apiSession: { path: "/api/session", GET: showSession },
} as const;

export type UrlName = keyof typeof urls;

/**
 * The path of a named address, so that no template spells out a path: reverse("notice", 7).
 * @param value what stands in the place of the path's parameter
 * @throws Error where the path wants a value and there is none, or the other way round
 */
export function reverse(name: UrlName, value?: number | string): string {
  const { path } = urls[name];
  const wants = path.includes(":");
  if (wants !== (value !== undefined)) {
    throw new Error(`the address "${name}" ${wants ? "wants a" : "takes no"} value: ${path}`);
  }
  return path.replace(/:\w+(\{.*?\}(?=\/|$))?/, encodeURIComponent(value ?? ""));
}

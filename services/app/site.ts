import { type Handler, Hono, type MiddlewareHandler } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { type Asset, assetUrls } from "./assets.ts";
import type { GatewayContext } from "./context.ts";
import { flash } from "./middleware/flash.ts";
import { page } from "./middleware/page.ts";
import { sameOrigin, securityHeaders } from "./middleware/security.ts";
import { accessLog, database } from "./middleware/timing.ts";
import { trace } from "./middleware/trace.ts";
import { visitor } from "./middleware/visitor.ts";
import { type UrlName, urls } from "./urls.ts";
import type { SiteEnv, SiteParts } from "./view-context.ts";
import * as account from "./views/account.ts";
import * as api from "./views/api.ts";
import * as comments from "./views/comments.ts";
import { failed, notFound, wrongMethod } from "./views/errors.ts";
import * as live from "./views/live.ts";
import * as forms from "./views/notice-forms.ts";
import * as notices from "./views/notices.ts";
import * as pages from "./views/pages.ts";
import { sendPicture } from "./views/pictures.ts";

export type Site = Hono<SiteEnv>;

type Views = Partial<Record<"GET" | "POST", Handler<SiteEnv>>>;

/** The view for each method of each address. The paths are in `urls.ts`. */
const routes: Readonly<Record<UrlName, Views>> = {
  notices: { GET: notices.listNotices },
  newNotice: { GET: forms.showNewForm, POST: forms.createNotice },
  notice: { GET: notices.showNotice },
  editNotice: { GET: forms.showEditForm, POST: forms.saveNotice },
  deleteNotice: { GET: notices.confirmDeleteNotice, POST: notices.removeNotice },
  hideNotice: { POST: notices.setNoticeHidden },
  addComment: { POST: comments.createComment },
  editComment: { GET: comments.showCommentForm, POST: comments.saveComment },
  deleteComment: { GET: comments.confirmDeleteComment, POST: comments.removeComment },
  hideComment: { POST: comments.setCommentHidden },
  picture: { GET: sendPicture },
  signUp: { GET: account.showSignUp, POST: account.signUp },
  signIn: { GET: account.showSignIn, POST: account.signIn },
  signOut: { POST: account.signOut },
  events: { GET: live.streamEvents },
  readers: { GET: live.upgradeRequired },
  chain: { GET: pages.showChain },
  hop: { GET: pages.showHop },
  about: { GET: pages.showAbout },
  apiNotices: { GET: api.listNotices, POST: api.createNotice },
  apiNotice: { GET: api.showNotice },
  apiSession: { GET: api.showSession },
};

/** The whole site: the middleware that every request passes, in this sequence, then the routes. */
export function createSite(
  parts: SiteParts,
  context: Pick<GatewayContext, "logger" | "replica" | "worker" | "tracer">,
  assets: readonly Asset[],
): Site {
  const site: Site = new Hono();
  const { tracer } = context;
  if (tracer !== undefined) site.use(trace(tracer));
  site.use(
    discardHeadBody,
    accessLog(context.logger),
    securityHeaders,
    async (c, next) => {
      c.set("parts", parts);
      await next();
    },
    database(parts.access),
    visitor,
    flash,
    page(context, assetUrls(assets)),
    methodNotAllowed({ app: site, onMethodNotAllowed: wrongMethod }),
    sameOrigin,
  );
  for (const [name, views] of Object.entries(routes)) {
    for (const [method, view] of Object.entries(views))
      site.on(method, urls[name as UrlName], view);
  }
  site.notFound(notFound);
  site.onError(failed(context.logger));
  return site;
}

/**
 * Views respond to HEAD as to GET, but nothing reads the body: it would keep its file open, or its
 * slot among the event streams. Outermost, because a cancelled body cannot be replaced.
 */
const discardHeadBody: MiddlewareHandler<SiteEnv> = async (c, next) => {
  await next();
  if (c.req.method === "HEAD") await c.res.body?.cancel();
};

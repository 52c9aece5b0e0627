import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { assetUrls, readAssets } from "./assets.ts";
import type { GatewayContext, SiteEnv } from "./context.ts";
import { accessLog } from "./middleware/access-log.ts";
import { database } from "./middleware/database.ts";
import { page } from "./middleware/page.ts";
import { sameOriginForms, securityHeaders } from "./middleware/security.ts";
import type { DatabaseAccess } from "./models/database.ts";
import { reverse, urls } from "./urls.ts";
import { failed, notFound, wrongMethod } from "./views/errors.ts";

export type Site = Hono<SiteEnv>;

/** The whole site: what every request passes, then the table of addresses. */
export function createSite(
  access: DatabaseAccess,
  context: Pick<GatewayContext, "logger" | "replica" | "worker">,
): Site {
  const site: Site = new Hono();
  site.use(
    accessLog(context.logger),
    securityHeaders,
    database(access),
    page(context, assetUrls(readAssets()), reverse),
    methodNotAllowed({ app: site, onMethodNotAllowed: wrongMethod }),
    sameOriginForms,
  );
  for (const { path, ...views } of Object.values(urls)) {
    for (const [method, view] of Object.entries(views)) site.on(method, path, view);
  }
  site.notFound(notFound);
  site.onError(failed(context.logger));
  return site;
}

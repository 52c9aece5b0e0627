import { Hono } from "hono";
import { methodNotAllowed } from "hono/method-not-allowed";
import { type Asset, assetUrls, readAssets } from "./assets.ts";
import type { GatewayContext, SiteEnv, SiteParts } from "./context.ts";
import { accessLog } from "./middleware/access-log.ts";
import { database } from "./middleware/database.ts";
import { flash } from "./middleware/flash.ts";
import { head } from "./middleware/head.ts";
import { sameOrigin } from "./middleware/origin.ts";
import { page } from "./middleware/page.ts";
import { securityHeaders } from "./middleware/security.ts";
import { visitor } from "./middleware/visitor.ts";
import { reverse, urls } from "./urls.ts";
import { failed, notFound, wrongMethod } from "./views/errors.ts";

export type Site = Hono<SiteEnv>;

/** The whole site: what every request passes, then the table of addresses. */
export function createSite(
  parts: SiteParts,
  context: Pick<GatewayContext, "logger" | "replica" | "worker">,
  assets: readonly Asset[] = readAssets(),
): Site {
  const site: Site = new Hono();
  site.use(
    head,
    accessLog(context.logger),
    securityHeaders,
    async (c, next) => {
      c.set("parts", parts);
      await next();
    },
    database(parts.access),
    visitor,
    flash,
    page(context, assetUrls(assets), reverse),
    methodNotAllowed({ app: site, onMethodNotAllowed: wrongMethod }),
    sameOrigin,
  );
  for (const { path, ...views } of Object.values(urls)) {
    for (const [method, view] of Object.entries(views)) site.on(method, path, view);
  }
  site.notFound(notFound);
  site.onError(failed(context.logger));
  return site;
}

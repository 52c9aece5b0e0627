import type { ViewContext } from "../context.ts";
import { aboutPage } from "../templates/about.ts";

/** GET /about */
export function about(c: ViewContext): Response | Promise<Response> {
  return c.html(aboutPage(c.var.page));
}

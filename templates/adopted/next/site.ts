import { hstsFor, MOUNT, ROUTE, type Site, type WebSettings } from "@gatehouse/web";

/** What the site is, for the web server. What differs between deployments of it is a setting, in .env. */
export function site(settings: WebSettings): Site {
  return {
    // What `manage.ts collectstatic` has copied: the web server sends it without a request to the application.
    files: [{ ...MOUNT, prefix: "/_next/static/", folder: settings.assets, immutable: "all" }],
    // Uploads: served where the application responds with X-Accel-Redirect, and not otherwise.
    internal: [{ ...MOUNT, prefix: "/protected-media/", folder: settings.media }],
    routes: [{ ...ROUTE, prefix: "/", name: "site" }],
    // Each is added where the application has not set it. Yours may want a content-security-policy too.
    headers: { "x-content-type-options": "nosniff" },
    hsts: hstsFor(settings.publicOrigin),
  };
}

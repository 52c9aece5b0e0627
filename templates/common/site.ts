import { hstsFor, MOUNT, ROUTE, type Site, type WebSettings } from "@gatehouse/web";

/** What the site is, for the web server. What differs between deployments of it is a setting, in .env. */
export function site(settings: WebSettings): Site {
  return {
    // What `manage.ts collectstatic` has collected: the web server serves it without a request to the application.
    files: [{ ...MOUNT, prefix: "/assets/", folder: settings.assets, immutable: true }],
    // Uploads: served where the application responds with X-Accel-Redirect, and not otherwise.
    internal: [{ ...MOUNT, prefix: "/protected-media/", folder: settings.media }],
    routes: [{ ...ROUTE, prefix: "/", name: "site" }],
    headers: {
      "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
      "x-content-type-options": "nosniff",
      "referrer-policy": "same-origin",
    },
    hsts: hstsFor(settings.publicOrigin),
  };
}

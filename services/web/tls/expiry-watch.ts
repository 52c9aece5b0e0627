import type { Logger } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import { loadCertificates } from "./certificates.ts";

const DAY = 24 * 3600_000;
/** How often it looks, in ms. */
const INTERVAL = DAY / 2;
/** Days that leave time to do something. */
const WARNING = 14;

/** Warns in the log of certificates that expire soon, or have expired. */
export class ExpiryWatch {
  readonly #settings: WebSettings;
  readonly #logger: Logger;

  constructor(settings: WebSettings, logger: Logger) {
    this.#settings = settings;
    this.#logger = logger;
  }

  start(): void {
    setInterval(() => this.look(), INTERVAL).unref();
    this.look();
  }

  look(): void {
    try {
      for (const { source, expiresAt } of loadCertificates(this.#settings).list) {
        const days = Math.floor((expiresAt.getTime() - Date.now()) / DAY);
        if (days >= WARNING) continue;
        const line = { certificate: source, expires: expiresAt, days };
        this.#logger.warn(days < 0 ? "certificate has expired" : "certificate expires soon", line);
      }
    } catch {
      // The workers, which have to serve them, tell why they cannot.
    }
  }
}

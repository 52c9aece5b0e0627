import type { Logger } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import { Renewal } from "../tls/acme/renewal.ts";
import { loadCertificates } from "../tls/certificates.ts";

/** Milliseconds between two checks of the certificates' expiry. */
const CHECK_INTERVAL = 12 * 3600_000;

/** The primary's part of TLS: it watches the expiry of certificates, and gets new ones by ACME. */
export class CertificateCare {
  readonly #settings: WebSettings;
  readonly #logger: Logger;
  readonly #renewal: Renewal | undefined;

  constructor(settings: WebSettings, logger: Logger, serve: () => Promise<void>) {
    this.#settings = settings;
    this.#logger = logger;
    if (settings.https === "off" || settings.acmeDomains.length === 0) return;
    this.#renewal = new Renewal(settings, logger, serve);
  }

  start(): void {
    setInterval(() => this.check(), CHECK_INTERVAL).unref();
    this.check();
    void this.#renewal?.run();
  }

  /** Checks the expiry again, since the certificates may be new. */
  check(): void {
    if (this.#settings.https === "off") return;
    try {
      loadCertificates(this.#settings).warnOfExpiry(this.#logger);
    } catch {
      // The workers, which have to serve them, log why they cannot.
    }
  }
}

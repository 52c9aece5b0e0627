import type { Logger } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import { Ordering } from "../tls/acme/ordering.ts";
import { ExpiryWatch } from "../tls/expiry-watch.ts";

/** The primary's part of TLS: it watches the expiry of certificates, and gets new ones by ACME. */
export class CertificateCare {
  readonly #expiry: ExpiryWatch | undefined;
  readonly #ordering: Ordering | undefined;

  constructor(settings: WebSettings, logger: Logger, serve: () => Promise<void>) {
    if (settings.https === "off") return;
    this.#expiry = new ExpiryWatch(settings, logger);
    if (settings.acmeDomains.length > 0) this.#ordering = new Ordering(settings, logger, serve);
  }

  start(): void {
    this.#expiry?.start();
    void this.#ordering?.run();
  }

  /** Checks the expiry again, since the certificates may be new. */
  check(): void {
    this.#expiry?.look();
  }
}

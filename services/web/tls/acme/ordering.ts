import { setTimeout as pause } from "node:timers/promises";
import type { Logger } from "@gatehouse/telemetry";
import type { WebSettings } from "../../settings.ts";
import type { Certificate } from "../certificate.ts";
import { AcmeFolder } from "./acme-folder.ts";
import { renewalTime, retryDelay } from "./schedule.ts";

/** Milliseconds after which the folder is looked into again: another edge may have renewed. */
const LONGEST_SLEEP = 3600_000;
/** Milliseconds until a look whether the edge that is ordering now has finished. */
const CLAIMED_SLEEP = 15_000;

/**
 * Sees to it that there is a certificate for WEB_ACME_DOMAINS at any time. It runs in the primary
 * alone; the workers serve what lies in the folder.
 */
export class Ordering {
  readonly #settings: WebSettings;
  readonly #folder: AcmeFolder;
  readonly #logger: Logger;
  readonly #issued: () => Promise<void>;
  #failures = 0;
  #served: number | undefined;

  /** @param issued has the workers serve what lies in the folder now */
  constructor(settings: WebSettings, logger: Logger, issued: () => Promise<void>) {
    this.#settings = settings;
    this.#folder = new AcmeFolder(settings.acmeFolder);
    this.#logger = logger;
    this.#issued = issued;
  }

  /** Looks after the certificate for as long as the process lives. */
  async run(): Promise<void> {
    const current = this.#current();
    this.#served = current?.expiresAt.getTime();
    for (;;) await pause(await this.#step(), undefined, { ref: false });
  }

  /** Does what is due; resolves with the milliseconds until the next look. */
  async #step(): Promise<number> {
    try {
      this.#folder.prepare();
      const current = this.#current();
      await this.#serve(current);
      const due = current === undefined ? 0 : dueAt(current) - Date.now();
      if (due > 0) return Math.min(due, LONGEST_SLEEP);
      if (!this.#folder.claim()) return CLAIMED_SLEEP;
      await this.#order();
      this.#failures = 0;
      return 0;
    } catch (error) {
      const delay = retryDelay(++this.#failures, Math.random());
      const reason = error instanceof Error ? error.message : String(error);
      const retry_s = Math.round(delay / 1000);
      this.#logger.error("no certificate by ACME: the old one keeps serving", { reason, retry_s });
      return delay;
    }
  }

  async #order(): Promise<void> {
    const { acmeDomains: domains, acmeDirectory: directory } = this.#settings;
    this.#logger.info("certificate ordered by ACME", { domains, directory });
    try {
      // The library is some megabytes that an edge without ACME never loads.
      const { order } = await import("./order.ts");
      await order(this.#settings, this.#folder);
    } finally {
      this.#folder.release();
    }
    const issued = this.#current();
    if (issued === undefined) throw new Error("what was issued is not for the domains asked for");
    await this.#serve(issued);
    this.#logger.info("certificate issued by ACME", { domains, expires: issued.expiresAt });
  }

  /** Has the workers serve a certificate that is another than before. */
  async #serve(current: Certificate | undefined): Promise<void> {
    const expires = current?.expiresAt.getTime();
    if (expires === undefined || expires === this.#served) return;
    await this.#issued();
    this.#served = expires;
  }

  /** What lies in the folder, if it can be served for all the domains. */
  #current(): Certificate | undefined {
    try {
      const { certificate } = this.#folder;
      const covers = this.#settings.acmeDomains.every((name) => certificate?.covers(name));
      return covers ? certificate : undefined;
    } catch (error) {
      this.#logger.error("the certificate of ACME cannot be served", { reason: String(error) });
      return undefined;
    }
  }
}

/** The same moment at each look, so that chance has one say only. */
function dueAt({ validFrom, expiresAt }: Certificate): number {
  const [from, to] = [validFrom.getTime(), expiresAt.getTime()];
  return renewalTime({ from, to }, (to % 1000_003) / 1000_003);
}

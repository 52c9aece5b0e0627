import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import { setTimeout as pause } from "node:timers/promises";
import { type Logger, reasonOf } from "@gatehouse/telemetry";
import type { WebSettings } from "../../settings.ts";
import { type Certificate, certificateIn } from "../certificates.ts";
import { AcmeFolder } from "./acme-folder.ts";
import { RENEWAL } from "./claim.ts";

/** Milliseconds after which the folder is read again: another edge may have renewed. */
const LONGEST_SLEEP = 3600_000;
const CLAIMED_SLEEP = 15_000;
const REQUEST_TIMEOUT = 30_000;
const SHORTEST_RETRY = 60_000;
const LONGEST_RETRY = 12 * 3600_000;
/** The share of a waiting time that is random, so that many edges do not come at once. */
const JITTER = 0.1;

/**
 * Orders a certificate for WEB_ACME_DOMAINS, and the next one in time. It runs in the primary alone;
 * the workers serve what lies in the folder.
 */
export class Renewal {
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

  async run(): Promise<void> {
    this.#served = this.#current()?.expiresAt.getTime();
    for (;;) await pause(await this.#step(), undefined, { ref: false });
  }

  async #step(): Promise<number> {
    try {
      this.#folder.prepare();
      const current = this.#current();
      await this.#serve(current);
      const due = current === undefined ? 0 : dueAt(current) - Date.now();
      if (due > 0) return Math.min(due, LONGEST_SLEEP);
      if (!this.#folder.claim.acquire()) return CLAIMED_SLEEP;
      await this.#renew();
      this.#failures = 0;
      return 0;
    } catch (error) {
      const delay = retryDelay(++this.#failures, Math.random());
      const reason = reasonOf(error);
      const retry_s = Math.round(delay / 1000);
      this.#logger.error("no certificate by ACME: the old one keeps serving", { reason, retry_s });
      return delay;
    }
  }

  async #renew(): Promise<void> {
    const { acmeDomains: domains, acmeDirectory: directory } = this.#settings;
    this.#logger.info("certificate ordered by ACME", { domains, directory });
    const { claim } = this.#folder;
    const renewing = setInterval(() => claim.renew(), RENEWAL).unref();
    try {
      await orderCertificate(this.#settings, this.#folder);
    } finally {
      clearInterval(renewing);
      claim.release();
    }
    const issued = this.#current();
    if (issued === undefined) throw new Error("the issued certificate is not for all the domains");
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

  #current(): Certificate | undefined {
    try {
      const certificate = certificateIn(this.#folder);
      const covers = this.#settings.acmeDomains.every((name) => certificate?.covers(name));
      return covers ? certificate : undefined;
    } catch (error) {
      this.#logger.error("the certificate of ACME cannot be served", { reason: String(error) });
      return undefined;
    }
  }
}

/**
 * Orders one certificate for all domains, proved by http-01 (RFC 8555, section 8.3), into the folder.
 * @throws Error with the ACME server's reason; then the folder is as before.
 */
async function orderCertificate(settings: WebSettings, folder: AcmeFolder): Promise<void> {
  // The library is some megabytes that an edge without ACME never loads.
  const { default: acme } = await import("acme-client");
  const { acmeDirectory, acmeDomains, acmeContact, acmeCa } = settings;
  if (acmeCa !== "") acme.axios.defaults.httpsAgent = new Agent({ ca: readFileSync(acmeCa) });
  acme.axios.defaults.timeout = REQUEST_TIMEOUT;
  const known = folder.accountAt(acmeDirectory);
  const accountKey = known?.key ?? String(await acme.crypto.createPrivateEcdsaKey());
  const client = new acme.Client({
    directoryUrl: acmeDirectory,
    accountKey,
    ...(known && { accountUrl: known.url }),
  });
  const key = await acme.crypto.createPrivateEcdsaKey();
  const [, csr] = await acme.crypto.createCsr({ altNames: [...acmeDomains] }, key);
  const chain = await client.auto({
    csr,
    ...(acmeContact !== "" && { email: acmeContact }),
    termsOfServiceAgreed: true,
    challengePriority: ["http-01"],
    // Only the ACME server can find out whether it reaches us: a request from here proves nothing.
    skipChallengeVerification: true,
    challengeCreateFn: async (_, { token }, response) => folder.keepChallenge(token, response),
    challengeRemoveFn: async (_, { token }) => folder.removeChallenge(token),
  });
  folder.keepAccount({ directory: acmeDirectory, url: client.getAccountUrl(), key: accountKey });
  folder.keepBundle(String(key), chain);
}

/** The same random share for one certificate at each step, or the steps would add up. */
function dueAt({ validFrom, expiresAt }: Certificate): number {
  const [from, to] = [validFrom.getTime(), expiresAt.getTime()];
  return renewalTime({ from, to }, (to % 1000_003) / 1000_003);
}

/** When a third of its life is left, as Let's Encrypt asks for, or a little earlier; in ms. */
export function renewalTime({ from, to }: { from: number; to: number }, random: number): number {
  const life = to - from;
  return to - life / 3 - (life / 3) * JITTER * random;
}

/** In ms: twice as long each time, because ACME servers count failures (Let's Encrypt: five an hour). */
export function retryDelay(failures: number, random: number): number {
  const delay = Math.min(LONGEST_RETRY, SHORTEST_RETRY * 2 ** (failures - 1));
  return delay * (1 + JITTER * random);
}

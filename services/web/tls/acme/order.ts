import { readFileSync } from "node:fs";
import { Agent } from "node:https";
import acme from "acme-client";
import type { WebSettings } from "../../settings.ts";
import type { AcmeFolder } from "./acme-folder.ts";

/** Milliseconds that one request to the ACME server may take. */
const REQUEST_TIME = 30_000;

/**
 * Orders one certificate for all domains, proves them by http-01 (RFC 8555, section 8.3), and keeps
 * what is issued in the folder.
 * @throws Error with the ACME server's reason; then the folder holds what it held before.
 */
export async function order(settings: WebSettings, folder: AcmeFolder): Promise<void> {
  const { acmeDirectory, acmeDomains, acmeContact, acmeCa } = settings;
  if (acmeCa !== "") acme.axios.defaults.httpsAgent = new Agent({ ca: readFileSync(acmeCa) });
  acme.axios.defaults.timeout = REQUEST_TIME;
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
    // Whether we can be reached is for the ACME server to say: from here it proves nothing.
    skipChallengeVerification: true,
    challengeCreateFn: async (_, { token }, authorization) => folder.answer(token, authorization),
    challengeRemoveFn: async (_, { token }) => folder.withdraw(token),
  });
  const url = client.getAccountUrl();
  folder.keepAccount({ directory: acmeDirectory, url, key: accountKey });
  folder.keep(String(key), chain);
}

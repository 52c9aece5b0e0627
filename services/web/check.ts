import { startSettings } from "@gatehouse/settings";
import { webSettings } from "./settings.ts";
import { loadSite } from "./site/load-site.ts";
import { loadCertificates } from "./tls/certificates.ts";
import { FIT } from "./worker/trial.ts";

/** `node services/web/check.ts` says whether the edge could serve what it finds, as `nginx -t` does. */
const { values: settings } = startSettings(webSettings);
try {
  await loadSite(settings);
  if (settings.https !== "off") loadCertificates(settings);
  process.stdout.write(FIT);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
  process.exitCode = 1;
}

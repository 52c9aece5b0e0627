import { startSettings } from "@gatehouse/settings";
import { reasonOf } from "@gatehouse/telemetry";
import { webSettings } from "./settings.ts";
import { loadSite } from "./site/load-site.ts";
import { loadCertificates } from "./tls/certificates.ts";
import { VALID } from "./worker/trial.ts";

/** `node services/web/check.ts` reports whether the edge can serve its site, as `nginx -t` does. */
const { values: settings } = startSettings(webSettings);
try {
  await loadSite(settings);
  if (settings.https !== "off") loadCertificates(settings);
  process.stdout.write(VALID);
} catch (error) {
  process.stderr.write(`${reasonOf(error)}\n`);
  process.exitCode = 1;
}

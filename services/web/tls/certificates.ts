import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { type Logger, type Metric, reasonOf, sharedGauge } from "@gatehouse/telemetry";
import type { WebSettings } from "../settings.ts";
import { AcmeFolder } from "./acme/acme-folder.ts";
import { TLS_POLICY } from "./policy.ts";

const DAY = 24 * 3600_000;
const WARNING = 14;

export class Certificate {
  readonly source: string;
  readonly context: SecureContext;
  readonly credentials: SecureContextOptions;
  readonly validFrom: Date;
  readonly expiresAt: Date;
  readonly #leaf: X509Certificate;

  /** @param chain PEM, the server's own certificate first. @throws Error that says what is wrong. */
  constructor(source: string, chain: string, key: string) {
    this.source = source;
    const leaf = parsed(source, "certificate", () => new X509Certificate(chain));
    const privateKey = parsed<KeyObject>(source, "private key", () => createPrivateKey(key));
    if (!leaf.checkPrivateKey(privateKey)) {
      throw new Error(`${source}: the certificate and the private key do not belong together`);
    }
    this.#leaf = leaf;
    this.validFrom = leaf.validFromDate;
    this.expiresAt = leaf.validToDate;
    this.credentials = { cert: chain, key };
    this.context = createSecureContext({ ...TLS_POLICY, ...this.credentials });
  }

  /** Whether it is for a name, wildcards included (RFC 6125, section 6.4). */
  covers(name: string): boolean {
    return this.#leaf.checkHost(name) !== undefined;
  }
}

/** All certificates of an edge; the first is for clients that name no server. */
export class Certificates {
  readonly list: readonly [Certificate, ...Certificate[]];

  constructor(list: readonly [Certificate, ...Certificate[]]) {
    this.list = list;
  }

  get first(): Certificate {
    return this.list[0];
  }

  metrics(): Metric[] {
    const values = this.list.map(({ source, expiresAt }) => ({
      labels: { certificate: source },
      value: expiresAt.getTime() / 1000,
    }));
    const name = "web_tls_certificate_expiry_timestamp_seconds";
    const help = "When a certificate expires, in seconds since the epoch";
    return [{ ...sharedGauge(name, help, values), aggregator: "min" }];
  }

  /** The context for the server that a client names (RFC 6066, section 3). */
  contextFor(name: string): SecureContext {
    return (this.list.find((certificate) => certificate.covers(name)) ?? this.first).context;
  }

  warnOfExpiry(logger: Logger): void {
    for (const { source, expiresAt } of this.list) {
      const days = Math.floor((expiresAt.getTime() - Date.now()) / DAY);
      if (days >= WARNING) continue;
      const line = { certificate: source, expires: expiresAt, days };
      logger.warn(days < 0 ? "certificate has expired" : "certificate expires soon", line);
    }
  }
}

/** Reads those of the settings and of ACME. @throws Error that says why they cannot be served. */
export function loadCertificates(settings: WebSettings): Certificates {
  const { tlsCertificate, tlsKey } = settings;
  if (tlsCertificate.length !== tlsKey.length) {
    throw new Error("WEB_TLS_CERTIFICATE and WEB_TLS_KEY must name equally many files");
  }
  const [first, ...others] = tlsCertificate.map(
    (file, at) => new Certificate(file, readPem(file), readPem(tlsKey[at] ?? "")),
  );
  if (first === undefined) throw new Error("WEB_TLS_CERTIFICATE names no certificate");
  const issued = issuedByAcme(settings);
  return new Certificates(issued ? [issued, first, ...others] : [first, ...others]);
}

/** Until ACME has issued a certificate that can be served, those of the settings serve alone. */
function issuedByAcme({ acmeDomains, acmeFolder }: WebSettings): Certificate | undefined {
  if (acmeDomains.length === 0) return undefined;
  try {
    return certificateIn(new AcmeFolder(acmeFolder));
  } catch {
    // The primary, which orders the next one, logs it.
    return undefined;
  }
}

/** The certificate that ACME issued last. @throws Error where it cannot be served. */
export function certificateIn({ bundle }: AcmeFolder): Certificate | undefined {
  return bundle && new Certificate(bundle.file, bundle.chain, bundle.key);
}

function parsed<T>(source: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw new Error(`${source}: this is no ${what} in PEM: ${reasonOf(error)}`);
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`the TLS file cannot be read: ${reasonOf(error)}`);
  }
}

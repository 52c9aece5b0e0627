import type { SecureContext } from "node:tls";
import type { WebSettings } from "../settings.ts";
import { type Metric, sharedGauge } from "../telemetry/metric.ts";
import { AcmeFolder } from "./acme/acme-folder.ts";
import { Certificate } from "./certificate.ts";

/** Everything that an edge can prove itself with; the first is for clients that name no server. */
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
    const help = "When a certificate expires, in seconds since the epoch";
    return [
      {
        ...sharedGauge("web_tls_certificate_expiry_timestamp_seconds", help, values),
        aggregator: "min",
      },
    ];
  }

  /** The context for the server that a client names (RFC 6066, section 3). */
  contextFor(name: string): SecureContext {
    return (this.list.find((certificate) => certificate.covers(name)) ?? this.first).context;
  }
}

/**
 * Reads the certificates of the settings anew.
 * @throws Error with the reason why they cannot be served.
 */
export function loadCertificates(settings: WebSettings): Certificates {
  const { tlsCertificate, tlsKey } = settings;
  if (tlsCertificate.length !== tlsKey.length) {
    throw new Error("WEB_TLS_CERTIFICATE and WEB_TLS_KEY must name equally many files");
  }
  const [first, ...others] = tlsCertificate.map((file, at) =>
    Certificate.read(file, tlsKey[at] ?? ""),
  );
  if (first === undefined) throw new Error("WEB_TLS_CERTIFICATE names no certificate");
  const issued = issuedByAcme(settings);
  return new Certificates(issued ? [issued, first, ...others] : [first, ...others]);
}

/** Until something fit to serve has been issued, the certificates of the settings stand in. */
function issuedByAcme({ acmeDomains, acmeFolder }: WebSettings): Certificate | undefined {
  if (acmeDomains.length === 0) return undefined;
  try {
    return new AcmeFolder(acmeFolder).certificate;
  } catch {
    // The primary, which orders the next one, tells of it.
    return undefined;
  }
}

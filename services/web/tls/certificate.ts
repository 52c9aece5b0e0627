import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext, type SecureContext, type SecureContextOptions } from "node:tls";
import { TLS_POLICY } from "./policy.ts";

/** A certificate with its chain and its private key, as it is served. */
export class Certificate {
  /** Where it came from, for log lines and metrics. */
  readonly source: string;
  readonly context: SecureContext;
  readonly credentials: SecureContextOptions;
  readonly validFrom: Date;
  readonly expiresAt: Date;
  readonly #leaf: X509Certificate;

  /**
   * @param chain PEM, the server's own certificate first
   * @throws Error that says why the two cannot be served.
   */
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

  /** @throws Error that says what cannot be read, or be served. */
  static read(certificateFile: string, keyFile: string): Certificate {
    return new Certificate(certificateFile, readPem(certificateFile), readPem(keyFile));
  }

  /** Whether it was made out to a name, wildcards included (RFC 6125, section 6.4). */
  covers(name: string): boolean {
    return this.#leaf.checkHost(name) !== undefined;
  }
}

function parsed<T>(source: string, what: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${source}: this is no ${what} in PEM: ${reason}`);
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(
      `the TLS file cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}

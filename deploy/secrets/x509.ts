// @peculiar/x509 uses decorators, which need this to be loaded first.
import "reflect-metadata";
import { createPrivateKey, KeyObject, type webcrypto } from "node:crypto";
import type { X509Certificate } from "@peculiar/x509";

export * from "@peculiar/x509";

/** A certificate and its private key, both as PEM text. */
export interface Pair {
  readonly certificate: string;
  readonly key: string;
}

const CURVE = { name: "ECDSA", namedCurve: "P-256" } as const;

/** The algorithm of all our signatures. */
export const SIGNATURE = { ...CURVE, hash: "SHA-256" } as const;

export function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(CURVE, true, ["sign", "verify"]);
}

/** The key is PKCS #8, the form that Node, OpenSSL and Postgres read. */
export function pairOf(
  certificate: X509Certificate,
  { privateKey }: webcrypto.CryptoKeyPair,
): Pair {
  const key = KeyObject.from(privateKey).export({ type: "pkcs8", format: "pem" });
  return { certificate: `${certificate.toString("pem")}\n`, key: String(key) };
}

export function keyFromPem(pem: string): webcrypto.CryptoKey {
  return createPrivateKey(pem).toCryptoKey(CURVE, false, ["sign"]);
}

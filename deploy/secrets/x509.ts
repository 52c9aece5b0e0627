// @peculiar/x509 uses decorators, which need this to be loaded first.
import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { PemConverter } from "@peculiar/x509";

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

/** A private key as PKCS #8, the form that Node, OpenSSL and Postgres read. */
export async function keyToPem(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

export function keyFromPem(pem: string): Promise<CryptoKey> {
  const der = PemConverter.decodeFirst(pem);
  return crypto.subtle.importKey("pkcs8", der, CURVE, false, ["sign"]);
}

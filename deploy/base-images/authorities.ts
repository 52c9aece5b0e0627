import { getCACertificates } from "node:tls";

/**
 * The certificate authorities that this host trusts beyond the public ones that Node knows: those
 * of a network that re-signs TLS, and of its own servers. PEM texts, each once.
 */
export function hostAuthorities(): string[] {
  return beyond(
    [...getCACertificates("system"), ...getCACertificates("extra")],
    getCACertificates("bundled"),
  );
}

/** The certificates that are not among the known ones, each once, however they are wrapped. */
export function beyond(certificates: readonly string[], known: readonly string[]): string[] {
  const plain = (pem: string): string => pem.replaceAll(/\s/g, "");
  const seen = new Set(known.map(plain));
  return certificates.filter((pem) => {
    const text = plain(pem);
    return !seen.has(text) && seen.add(text);
  });
}

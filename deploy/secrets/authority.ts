import { createPrivateKey, X509Certificate } from "node:crypto";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  newKeys,
  type Pair,
  pairOf,
  SIGNATURE,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "./x509.ts";

/** The name of our authorities. The operator's own certificates have another issuer. */
export const AUTHORITY_NAME = "Gatehouse local CA";

const YEARS = 10;

/** Makes the certificate authority of one clone; `project` is part of its name. */
export async function makeAuthority(project: string, now: Date): Promise<Pair> {
  const keys = await newKeys();
  const notAfter = new Date(now);
  notAfter.setUTCFullYear(now.getUTCFullYear() + YEARS);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${AUTHORITY_NAME} ${project}, O=Gatehouse`,
    notBefore: now,
    notAfter,
    keys,
    signingAlgorithm: SIGNATURE,
    extensions: [
      // RFC 5280, section 4.2.1.9: path length 0, so no authority below this one is valid.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return pairOf(certificate, keys);
}

/** Whether certificate and key belong together and the authority is valid now. */
export function isAuthority(pair: Pair, now: Date): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    return (
      certificate.ca &&
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      // RFC 5280, section 4.1.2.5: the validity includes its last moment.
      certificate.validToDate >= now
    );
  } catch {
    return false;
  }
}

import { createPrivateKey, X509Certificate } from "node:crypto";
import { keyToPem, newKeys, type Pair, SIGNATURE } from "./pem.ts";
import {
  BasicConstraintsExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from "./x509.ts";

/** What every authority made here is called; a certificate of another issuer is the operator's. */
export const AUTHORITY_NAME = "Gatehouse local CA";

const YEARS = 10;

/** Makes the certificate authority of one clone; `project` tells it from those of other clones. */
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
      // It signs servers and nothing below it: no further authority.
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return {
    certificate: `${certificate.toString("pem")}\n`,
    key: await keyToPem(keys.privateKey),
  };
}

/** Whether both halves belong together and the authority is valid now. */
export function isAuthority(pair: Pair, now: Date): boolean {
  try {
    const certificate = new X509Certificate(pair.certificate);
    return (
      certificate.ca &&
      certificate.checkPrivateKey(createPrivateKey(pair.key)) &&
      certificate.validToDate > now
    );
  } catch {
    return false;
  }
}

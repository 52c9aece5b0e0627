import { createPrivateKey, X509Certificate as NodeCertificate } from "node:crypto";
import { isIP } from "node:net";
import { AUTHORITY_NAME } from "./authority.ts";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  keyFromPem,
  newKeys,
  type Pair,
  pairOf,
  SIGNATURE,
  SubjectAlternativeNameExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "./x509.ts";

const DAY = 86_400_000;

/** Apple's systems reject a server certificate that is valid for longer than 825 days. */
const VALID_DAYS = 820;

/** A certificate with fewer days left than this is renewed. */
const RENEWAL_DAYS = 30;

/** The names of the site on this machine and on the stack's networks. */
export function certificateNames(publishBind: string): string[] {
  const names = ["localhost", "127.0.0.1", "::1", "web", "edge-port", "app"];
  return publishBind === "0.0.0.0" ? names : [...new Set([...names, publishBind])];
}

/** Makes a server certificate for host names and addresses, signed by the clone's authority. */
export async function makeCertificate(
  authority: Pair,
  names: readonly string[],
  now: Date,
): Promise<Pair> {
  const issuer = new X509Certificate(authority.certificate);
  const keys = await newKeys();
  const notAfter = new Date(Math.min(now.getTime() + VALID_DAYS * DAY, issuer.notAfter.getTime()));
  const certificate = await X509CertificateGenerator.create({
    subject: "CN=localhost, O=Gatehouse",
    issuer: issuer.subject,
    notBefore: now,
    notAfter,
    publicKey: keys.publicKey,
    signingKey: keyFromPem(authority.key),
    signingAlgorithm: SIGNATURE,
    extensions: [
      new BasicConstraintsExtension(false, undefined, true),
      new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
      new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
      new SubjectAlternativeNameExtension(
        names.map((name) => ({ type: isIP(name) === 0 ? "dns" : "ip", value: name })),
      ),
      await AuthorityKeyIdentifierExtension.create(issuer.publicKey),
    ],
  });
  return pairOf(certificate, keys);
}

/** Whole days until a certificate expires; negative after that. @throws for text that is not PEM */
export function daysLeft(certificate: string, now: Date): number {
  const end = new NodeCertificate(certificate).validToDate;
  return Math.floor((end.getTime() - now.getTime()) / DAY);
}

/**
 * Why a certificate must be renewed, in words; undefined if it need not. A certificate that another
 * authority signed is the operator's own and always stays.
 */
export function renewalReason(
  pair: Pair,
  authority: string,
  names: readonly string[],
  now: Date,
): string | undefined {
  let leaf: NodeCertificate;
  try {
    leaf = new NodeCertificate(pair.certificate);
    if (!leaf.checkPrivateKey(createPrivateKey(pair.key))) return "its key did not match";
  } catch {
    return "there was none";
  }
  if (!leaf.issuer.includes(AUTHORITY_NAME)) return undefined;
  if (!leaf.verify(new NodeCertificate(authority).publicKey)) return "the local CA is new";
  if (daysLeft(pair.certificate, now) < RENEWAL_DAYS) return "it was about to expire";
  const missing = names.find(
    (name) => (isIP(name) === 0 ? leaf.checkHost(name) : leaf.checkIP(name)) === undefined,
  );
  return missing === undefined ? undefined : `it lacked the name ${missing}`;
}

import { list, optionalPath, path, text } from "@gatehouse/settings";

const PATHS = { allowed: "paths, separated by commas", matches: /^[^\0]+$/ };
const DOMAIN = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Rows of the edge's table: certificates, given or ordered by ACME. */
export const tlsRows = {
  tlsCertificate: list({
    ...PATHS,
    default: ["secrets/tls.crt"],
    why: "Certificate chains, PEM; of several the one for the client's server name is taken.",
  }),
  tlsKey: list({
    ...PATHS,
    default: ["secrets/tls.key"],
    why: "The private keys of these certificates, PEM, in the same order.",
  }),
  acmeDomains: list({
    default: [],
    allowed: "domain names in lower case, separated by commas; no wildcards",
    matches: DOMAIN,
    why: "Names to order a certificate for by ACME; setting it agrees to the directory's terms.",
  }),
  acmeDirectory: text({
    default: "https://acme-v02.api.letsencrypt.org/directory",
    allowed: "an https URL",
    matches: /^https:\/\/[^\s]+$/,
    why: "The ACME server's directory (RFC 8555, section 7.1.1).",
  }),
  acmeContact: text({
    default: "",
    allowed: "a mail address, or nothing",
    matches: /^([^\s@,]+@[^\s@,]+)?$/,
    why: "Where the ACME server may write to.",
  }),
  acmeFolder: path({
    default: "/var/lib/gatehouse/acme",
    why: "A volume for the account's key, the certificate with its key, and the challenges.",
  }),
  acmeCa: optionalPath("The authority of a private ACME server, PEM; nothing is what Node trusts."),
};

import { list, path, text } from "@gatehouse/settings";

const NAME = /^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$/;

/** Rows of the edge's table: certificates that it orders itself. */
export const acmeRows = {
  acmeDomains: list({
    default: [],
    allowed: "domain names in lower case, separated by commas; no wildcards",
    matches: NAME,
    why: "Names to order a certificate for by ACME; whoever sets it agrees to the directory's terms.",
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
  acmeCa: text({
    default: "",
    allowed: "a path, or nothing",
    matches: /^[^\0]*$/,
    why: "The authority of a private ACME server, PEM; nothing is what Node trusts.",
  }),
};

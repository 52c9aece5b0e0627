import { list } from "@gatehouse/settings";

const PATHS = { allowed: "paths, separated by commas", matches: /^[^\0]+$/ };

/** Rows of the edge's table: the certificates. */
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
};

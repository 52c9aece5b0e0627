import { constants } from "node:crypto";
import type { SecureContextOptions } from "node:tls";

/** TLS 1.3's own three, then those of TLS 1.2 with forward secrecy and authenticated encryption. */
const CIPHERS = [
  ...["TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"],
  ...["ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256"],
  ...["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384"],
  ...["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"],
];

/** Seconds that a session may be resumed, by a ticket (RFC 8446, section 4.6.1). */
const SESSION_LIFETIME = 3600;

/**
 * Mozilla's "intermediate" recommendation, without finite-field Diffie-Hellman, which no client in
 * use needs and which is costly for the server. The groups are OpenSSL's own, the hybrid of
 * X25519 and ML-KEM first. The server's order of ciphers counts, but a client that puts ChaCha20
 * first, because it has no AES in hardware, gets it.
 */
export const TLS_POLICY = {
  minVersion: "TLSv1.2",
  ciphers: CIPHERS.join(":"),
  honorCipherOrder: true,
  secureOptions: constants.SSL_OP_PRIORITIZE_CHACHA | constants.SSL_OP_NO_RENEGOTIATION,
  sessionTimeout: SESSION_LIFETIME,
  // A ticket from one worker is good for another one.
  sessionIdContext: "gatehouse",
} as const satisfies SecureContextOptions;

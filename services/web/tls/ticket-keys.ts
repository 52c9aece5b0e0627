import { randomBytes } from "node:crypto";

/** 16 bytes name the key, 16 sign and 16 encrypt. */
const LENGTH = 48;

/**
 * Milliseconds after which the keys are renewed. A key that is stolen from memory decrypts only the
 * sessions that were resumed with it. A ticket under an older key costs its client a full handshake.
 */
export const TICKET_LIFE = 12 * 3600 * 1000;

/** The keys that encrypt session tickets: every worker accepts the tickets of the others. */
export class TicketKeys {
  current: Uint8Array = randomBytes(LENGTH);

  renew(): Uint8Array {
    this.current = randomBytes(LENGTH);
    return this.current;
  }
}

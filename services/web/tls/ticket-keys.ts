import { randomBytes } from "node:crypto";
import type { ToWorker } from "../pool/messages.ts";

/** 16 bytes name the key, 16 sign and 16 encrypt. */
const LENGTH = 48;

/**
 * Milliseconds after which another key is taken. Whoever reads a key from memory can read the
 * sessions that were resumed with it, and no others. A ticket of a former key costs its client a
 * full handshake, no more.
 */
export const TICKET_LIFE = 12 * 3600 * 1000;

/** The keys that session tickets are sealed with: all workers take each other's tickets. */
export class TicketKeys {
  #keys = randomBytes(LENGTH);

  /** What tells a worker the keys of now. */
  get message(): ToWorker {
    return { type: "ticket-keys", keys: this.#keys };
  }

  /** Takes new keys. */
  renew(): ToWorker {
    this.#keys = randomBytes(LENGTH);
    return this.message;
  }
}

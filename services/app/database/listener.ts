import type postgres from "postgres";
import type { Subscriber } from "./access.ts";

/** Milliseconds between two pulses. */
const PULSE = 10_000;

/**
 * One connection that listens on a channel. The driver reconnects a broken connection. It does not
 * notice one that is silent (a frozen server, a lost route): so another connection sends a pulse to
 * the channel, and if pulses do not arrive here, the connection is replaced.
 */
export class Listener {
  readonly #open: () => postgres.Sql;
  readonly #sendPulse: () => Promise<void>;
  readonly #channel: string;
  readonly #subscriber: Subscriber;
  readonly #timer: NodeJS.Timeout;
  #client: postgres.Sql;
  #missedPulses = 0;

  /**
   * @param open makes a client of one connection
   * @param sendPulse notifies the channel over another connection
   */
  constructor(
    channel: string,
    subscriber: Subscriber,
    open: () => postgres.Sql,
    sendPulse: () => Promise<void>,
  ) {
    this.#channel = channel;
    this.#subscriber = subscriber;
    this.#open = open;
    this.#sendPulse = sendPulse;
    this.#client = this.#listen();
    this.#timer = setInterval(() => void this.#pulse(), PULSE).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.end({ timeout: 1 });
  }

  #listen(): postgres.Sql {
    const client = this.#open();
    const isCurrent = () => this.#client === client;
    const notified = (payload: string) => {
      this.#missedPulses = 0;
      if (isCurrent()) this.#subscriber.notified(payload);
    };
    const opened = () => {
      if (isCurrent()) this.#subscriber.opened();
    };
    // The next pulses try again.
    client.listen(this.#channel, notified, opened).catch(() => {});
    return client;
  }

  async #pulse(): Promise<void> {
    if (this.#missedPulses > 1) {
      this.#missedPulses = 0;
      const silent = this.#client;
      this.#client = this.#listen();
      await silent.end({ timeout: 0 });
    }
    try {
      await this.#sendPulse();
      this.#missedPulses += 1;
    } catch {
      // The database is down; the pool has logged it.
    }
  }
}

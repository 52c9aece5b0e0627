import type postgres from "postgres";
import type { Ear } from "./database.ts";

/** How often the channel is tried, in milliseconds. */
const PULSE = 10_000;

/**
 * One connection that listens on a channel. The driver listens again after a connection has
 * broken; one that has silently gone (a frozen server, a lost route) shows itself by a pulse that
 * is sent by another connection and not heard here: then everything is opened anew.
 */
export class Listener {
  readonly #open: () => postgres.Sql;
  readonly #sendPulse: () => Promise<void>;
  readonly #channel: string;
  readonly #ear: Ear;
  readonly #timer: NodeJS.Timeout;
  #client: postgres.Sql;
  #unheard = 0;

  /**
   * @param open makes a client of one connection
   * @param sendPulse notifies the channel by another connection
   */
  constructor(
    channel: string,
    ear: Ear,
    open: () => postgres.Sql,
    sendPulse: () => Promise<void>,
    interval = PULSE,
  ) {
    this.#channel = channel;
    this.#ear = ear;
    this.#open = open;
    this.#sendPulse = sendPulse;
    this.#client = this.#listen();
    this.#timer = setInterval(() => void this.#beat(), interval).unref();
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#client.end({ timeout: 1 });
  }

  #listen(): postgres.Sql {
    const client = this.#open();
    const current = () => this.#client === client;
    const heard = (payload: string) => {
      this.#unheard = 0;
      if (current()) this.#ear.heard(payload);
    };
    const opened = () => {
      if (current()) this.#ear.opened();
    };
    // Out of reach: the next beats try again.
    client.listen(this.#channel, heard, opened).catch(() => {});
    return client;
  }

  async #beat(): Promise<void> {
    if (this.#unheard > 1) {
      this.#unheard = 0;
      const silent = this.#client;
      this.#client = this.#listen();
      await silent.end({ timeout: 0 });
    }
    try {
      await this.#sendPulse();
      this.#unheard += 1;
    } catch {
      // The database is down, which the pool has logged.
    }
  }
}

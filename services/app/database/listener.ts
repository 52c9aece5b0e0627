import type postgres from "postgres";
import type { Subscriber } from "./access.ts";

const PULSE = 10_000;

/**
 * Listens on a channel over one connection. The driver reconnects a broken connection. It does not
 * notice one that is silent (a frozen server, a lost route): so another connection sends a pulse to
 * the channel, and if pulses do not arrive here, the connection is replaced.
 * @param open makes a client of one connection
 * @param sendPulse notifies the channel over another connection
 * @returns a function that stops
 */
export function listenOn(
  channel: string,
  subscriber: Subscriber,
  open: () => postgres.Sql,
  sendPulse: () => Promise<void>,
): () => Promise<void> {
  let missedPulses = 0;
  let client: postgres.Sql;
  const connect = () => {
    const own = open();
    client = own;
    const notified = (payload: string) => {
      missedPulses = 0;
      if (client === own) subscriber.notified(payload);
    };
    const opened = () => {
      if (client === own) subscriber.opened();
    };
    // The next pulses try again.
    own.listen(channel, notified, opened).catch(() => {});
  };
  const pulse = async () => {
    if (missedPulses > 1) {
      missedPulses = 0;
      const silent = client;
      connect();
      await silent.end({ timeout: 0 });
    }
    try {
      await sendPulse();
      missedPulses += 1;
    } catch {
      // The database is down; the pool has logged it.
    }
  };
  connect();
  const timer = setInterval(pulse, PULSE).unref();
  return async () => {
    clearInterval(timer);
    await client.end({ timeout: 1 });
  };
}

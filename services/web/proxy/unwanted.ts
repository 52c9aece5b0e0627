import type { Replica } from "../replicas/replica.ts";
import type { ResponseHead } from "../replicas/response-head.ts";
import type { ConnectionUser, UpstreamConnection } from "../replicas/upstream-connection.ts";

/** What is received at most of a response that nobody wants any more: bytes, and milliseconds. */
const MOST_BYTES = 64 * 1024;
const LONGEST = 500;

/**
 * Receives the rest of a response whose client has left. The replica may be working on it, whatever the
 * edge does, and to end its connection costs a new one: so a client who leaves again and again would cost
 * more than one who stays, and would be counted for nothing. As long as this lasts it counts for its client.
 */
export class Unwanted implements ConnectionUser {
  readonly readsFor: string;
  readonly #connection: UpstreamConnection;
  readonly #replica: Replica;
  #head: ResponseHead | undefined;
  #bytes = 0;
  #over = false;

  /**
   * Takes a connection over, or closes it where the rest may be long, or others wait for a connection.
   * @param head of the response, where it was received
   */
  static take(
    connection: UpstreamConnection,
    replica: Replica,
    client: string,
    head: ResponseHead | undefined,
  ): void {
    if (isLong(head) || !replica.pool.mayKeep(connection)) connection.close(undefined);
    else new Unwanted(connection, replica, client, head);
  }

  private constructor(
    connection: UpstreamConnection,
    replica: Replica,
    client: string,
    head: ResponseHead | undefined,
  ) {
    this.readsFor = client;
    this.#connection = connection;
    this.#replica = replica;
    this.#head = head;
    replica.inFlight++;
    replica.pool.unwanted.begin(client);
    replica.pool.unwantedConnections.add(connection);
    connection.handTo(this);
    connection.deadline = performance.now() + LONGEST;
    connection.resume();
  }

  interim(): void {}

  drained(): void {}

  head(head: ResponseHead): void {
    this.#head = head;
    this.#replica.circuit.responded();
    if (isLong(head)) this.#connection.close(undefined);
  }

  data(chunk: Buffer): void {
    this.#bytes += chunk.length;
    if (this.#bytes > MOST_BYTES) this.#connection.close(undefined);
  }

  end(_trailers: readonly string[], clean: boolean): void {
    if (this.#over) return;
    // From here on it is for others.
    this.#replica.pool.unwantedConnections.delete(this.#connection);
    if (clean && this.#head?.persistent) {
      this.#replica.pool.release(this.#connection, this.#head.keepAlive);
    } else this.#connection.close(undefined);
    this.#end();
  }

  switched(): void {
    this.#connection.close(undefined);
  }

  timedOut(): void {
    this.#connection.close(undefined);
  }

  fail(): void {
    this.#end();
  }

  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#replica.inFlight--;
    this.#replica.pool.unwantedConnections.delete(this.#connection);
    this.#replica.pool.unwanted.end(this.readsFor);
  }
}

function isLong(head: ResponseHead | undefined): boolean {
  return (head?.contentLength ?? 0) > MOST_BYTES;
}

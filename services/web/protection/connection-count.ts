/** Which bound a new connection would break. */
export type Crowded = "connections" | "client-connections";

/** Counts the connections that are open: all of them, and those of each client. */
export class ConnectionCount {
  readonly #most: number;
  readonly #mostOfClient: number;
  /** Never more entries than there are connections. */
  readonly #ofClient = new Map<string, number>();
  #open = 0;

  /** @param mostOfClient 0 for any number */
  constructor(most: number, mostOfClient: number) {
    this.#most = most;
    this.#mostOfClient = mostOfClient;
  }

  get open(): number {
    return this.#open;
  }

  /** @returns the bound that the connection breaks, or undefined; it counts in any case until `left` */
  entered(): Crowded | undefined {
    this.#open++;
    return this.#open > this.#most ? "connections" : undefined;
  }

  left(): void {
    this.#open--;
  }

  /** The same for one client, once it is known who it is. */
  clientEntered(client: string): Crowded | undefined {
    const open = (this.#ofClient.get(client) ?? 0) + 1;
    this.#ofClient.set(client, open);
    return this.#mostOfClient > 0 && open > this.#mostOfClient ? "client-connections" : undefined;
  }

  clientLeft(client: string): void {
    const open = (this.#ofClient.get(client) ?? 0) - 1;
    if (open > 0) this.#ofClient.set(client, open);
    else this.#ofClient.delete(client);
  }
}

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

  /** @returns false where there is no room; what is turned away does not count */
  enter(): boolean {
    if (this.#open >= this.#most) return false;
    this.#open++;
    return true;
  }

  leave(): void {
    this.#open--;
  }

  /** Whether one more connection of this client would be too many. */
  isCrowdedBy(client: string): boolean {
    return this.#mostOfClient > 0 && (this.#ofClient.get(client) ?? 0) >= this.#mostOfClient;
  }

  clientEnters(client: string): void {
    this.#ofClient.set(client, (this.#ofClient.get(client) ?? 0) + 1);
  }

  clientLeaves(client: string): void {
    const open = (this.#ofClient.get(client) ?? 0) - 1;
    if (open > 0) this.#ofClient.set(client, open);
    else this.#ofClient.delete(client);
  }
}

import type { Exchange } from "../exchange/exchange.ts";
import type { Body } from "./body.ts";

/** What a client's connection holds anyway counts for nothing. */
const SMALL = 64 * 1024;

/**
 * The content that is in somebody's hands: on its way into the store, or on its way out to clients,
 * who may take their time with what the store has long forgotten. Bounded like the store itself, so
 * that slow clients with many addresses cannot make the edge hold more.
 */
export class Loans {
  readonly #bound: number;
  readonly #loans = new Map<Body, { users: number; bytes: number }>();
  #bytes = 0;

  /** @param bound bytes */
  constructor(bound: number) {
    this.#bound = bound;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Whether nothing more may be gathered for the store. */
  get full(): boolean {
    return this.#bytes >= this.#bound;
  }

  /** One more has a body in hands. */
  take(body: Body): void {
    const loan = this.#loans.get(body);
    if (loan !== undefined) {
      loan.users++;
      return;
    }
    this.#loans.set(body, { users: 1, bytes: body.bytes });
    this.#bytes += body.bytes;
  }

  /** A body in somebody's hands has become larger. */
  grow(body: Body, bytes: number): void {
    const loan = this.#loans.get(body);
    if (loan === undefined) return;
    loan.bytes += bytes;
    this.#bytes += bytes;
  }

  /** One of those who took a body needs it no more. */
  giveBack(body: Body): void {
    const loan = this.#loans.get(body);
    if (loan !== undefined && --loan.users === 0) this.forget(body);
  }

  /** Nothing of a body stays in memory, whoever reads it. */
  forget(body: Body): void {
    this.#bytes -= this.#loans.get(body)?.bytes ?? 0;
    this.#loans.delete(body);
  }

  /** A client is being answered with a body, until its answer is over. */
  lend(body: Body, { response }: Exchange): void {
    if (body.whole !== undefined && body.bytes <= SMALL) return;
    this.take(body);
    response.once("close", () => this.giveBack(body));
  }
}

import { connectionOptions, isHopByHop } from "@gatehouse/http";
import type { Dispatcher } from "undici";
import type { Exchange } from "../exchange/exchange.ts";
import type { Replica } from "./replica.ts";

/** How an attempt ended: with an answer, or with a cause before any of an answer came. */
export type Outcome = { readonly answered: true } | { readonly answered: false; cause: Error };

/** One try to have one replica answer; streams the answer to the client as it comes. */
export class Attempt implements Dispatcher.DispatchHandler {
  readonly #exchange: Exchange;
  readonly #replica: Replica;
  readonly #done: (outcome: Outcome) => void;
  readonly #onClose = () => this.#controller?.abort(new Error("the client left"));
  readonly #onDrain = () => this.#controller?.resume();
  #controller: Dispatcher.DispatchController | undefined;
  #begun = false;

  constructor(exchange: Exchange, replica: Replica, done: (outcome: Outcome) => void) {
    this.#exchange = exchange;
    this.#replica = replica;
    this.#done = done;
    replica.inFlight++;
    exchange.replica = replica.address;
    exchange.response.once("close", this.#onClose).on("drain", this.#onDrain);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#exchange.closed) this.#onClose();
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // An interim answer: the edge has answered Expect itself.
    if (status < 200) return;
    this.#begun = true;
    this.#exchange.servedBy = "application";
    const { fields, timing } = downstreamFields(rawFields(controller));
    this.#exchange.writeHead(status, fields, timing);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#exchange.write(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#exchange.end(undefined);
    this.#finish({ answered: true });
  }

  onResponseError(_: unknown, cause: Error): void {
    // The head is out: only a broken connection can tell the client that the rest is missing.
    if (this.#begun) this.#exchange.response.destroy();
    this.#finish(this.#begun ? { answered: true } : { answered: false, cause });
  }

  #finish(outcome: Outcome): void {
    this.#replica.inFlight--;
    this.#exchange.response.off("close", this.#onClose).off("drain", this.#onDrain);
    this.#done(outcome);
  }
}

function rawFields(controller: Dispatcher.DispatchController): string[] {
  const raw = controller.rawHeaders;
  return Array.isArray(raw) ? raw.map((word) => word.toString("latin1")) : [];
}

/** The fields of the answer that go on to the client, and the Server-Timing of the tiers. */
function downstreamFields(raw: readonly string[]): { fields: string[]; timing: string } {
  const connection = raw.findIndex((word, at) => at % 2 === 0 && /^connection$/i.test(word));
  const forThisHop = connectionOptions(connection < 0 ? undefined : raw[connection + 1]);
  const fields: string[] = [];
  const timings: string[] = [];
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] ?? "";
    const value = raw[index + 1] ?? "";
    const key = name.toLowerCase();
    if (key === "server-timing") timings.push(value);
    else if (key !== "x-request-id" && !isHopByHop(key, forThisHop)) fields.push(name, value);
  }
  return { fields, timing: timings.join(", ") };
}

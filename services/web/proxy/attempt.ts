import { connectionOptions, isHopByHop } from "@gatehouse/http";
import type { Dispatcher } from "undici";
import type { AnswerSink, AnswerSource } from "./answer-sink.ts";
import type { Forwardable } from "./forwardable.ts";
import type { Replica } from "./replica.ts";

/** How an attempt ended: with an answer, or with a cause before any of an answer came. */
export type Outcome = { readonly answered: true } | { readonly answered: false; cause: Error };

/** One try to have one replica answer; hands the answer to the sink as it comes. */
export class Attempt implements Dispatcher.DispatchHandler, AnswerSource {
  readonly #replica: Replica;
  readonly #sink: AnswerSink;
  readonly #done: (outcome: Outcome) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #begun = false;

  constructor(
    request: Forwardable,
    replica: Replica,
    sink: AnswerSink,
    done: (outcome: Outcome) => void,
  ) {
    this.#replica = replica;
    this.#sink = sink;
    this.#done = done;
    replica.inFlight++;
    request.replica = replica.address;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    this.#sink.opens(this);
  }

  resume(): void {
    this.#controller?.resume();
  }

  abort(): void {
    this.#controller?.abort(Object.assign(new Error("the client left"), { code: "ABORTED" }));
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    // The edge has answered Expect itself.
    if (status < 200) return;
    this.#begun = true;
    const { fields, timing } = downstreamFields(rawFields(controller));
    this.#sink.head(status, fields, timing);
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (!this.#sink.data(chunk)) controller.pause();
  }

  onResponseEnd(): void {
    this.#sink.end([]);
    this.#finish({ answered: true });
  }

  onResponseError(_: unknown, cause: Error): void {
    if (this.#begun) this.#sink.broke(cause);
    this.#finish(this.#begun ? { answered: true } : { answered: false, cause });
  }

  #finish(outcome: Outcome): void {
    this.#replica.inFlight--;
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

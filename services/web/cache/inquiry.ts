import type { ClientSide, RawFields } from "@gatehouse/http";
import { requestId, traceparent } from "@gatehouse/telemetry";
import type { ProxiedRequest } from "../proxy/upstream-request.ts";
import type { Entry } from "./entry.ts";
import { validation, withoutNames } from "./validators.ts";

/** What asks for less than the whole answer, which is what is to be stored. */
const PARTIAL: ReadonlySet<string> = new Set([
  "if-modified-since",
  "if-none-match",
  "if-range",
  "range",
]);

/**
 * The request with which the cache asks for a whole answer in a client's name, or whether the one
 * that it has still holds.
 */
export class Inquiry implements ProxiedRequest {
  readonly method = "GET";
  readonly body = undefined;
  readonly rawTrailers = [];
  readonly target: string;
  readonly rawHeaders: RawFields;
  readonly client: ClientSide;
  readonly requestId: string;
  readonly traceparent: string;
  readonly #waits: ProxiedRequest | undefined;

  /**
   * @param inTheNameOf whose fields go along
   * @param waits false for an inquiry that its client does not wait for: it has an id of its own
   */
  constructor(inTheNameOf: ProxiedRequest, stale: Entry | undefined, waits: boolean) {
    const fields = withoutNames(inTheNameOf.rawHeaders, PARTIAL);
    this.rawHeaders = stale === undefined ? fields : [...fields, ...validation(stale.head)];
    this.target = inTheNameOf.target;
    this.client = inTheNameOf.client;
    this.requestId = waits ? inTheNameOf.requestId : requestId(undefined);
    this.traceparent = waits ? inTheNameOf.traceparent : traceparent(undefined);
    this.#waits = waits ? inTheNameOf : undefined;
  }

  attempt(replica: string): void {
    this.#waits?.attempt(replica);
  }

  sent(): void {
    this.#waits?.sent();
  }

  headReceived(): void {
    this.#waits?.headReceived();
  }
}

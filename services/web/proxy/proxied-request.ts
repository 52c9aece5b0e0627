import type { Readable } from "node:stream";
import type { ClientSide, RawFields } from "@gatehouse/http";

/** What the proxy needs of a request: an exchange is one, and what the cache asks for itself. */
export interface ProxiedRequest {
  readonly method: string;
  /** In origin form. */
  readonly target: string;
  readonly rawHeaders: RawFields;
  /** Undefined where no body follows the head. */
  readonly body: Readable | undefined;
  /** What came behind the body; known once that has ended. */
  readonly rawTrailers: RawFields;
  readonly client: ClientSide;
  readonly requestId: string;
  readonly traceparent: string;
  /** For the access log: a replica is being tried. */
  attempt(replica: string): void;
  /** The request is on its way to it. */
  sent(): void;
  /** The head of its answer has come. */
  headReceived(): void;
}

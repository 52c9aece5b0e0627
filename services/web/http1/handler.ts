import type { Socket } from "node:net";
import type { RawFields, Refusal, RequestLimits } from "@gatehouse/http";
import type { Http1Request } from "./request.ts";
import type { Http1Response } from "./response.ts";

/** Times in milliseconds. */
export interface ConnectionSettings extends RequestLimits {
  readonly keepAlive: number;
  /** Bytes of a request's head, and bytes that are read ahead of a request's turn. */
  readonly longestHead: number;
}

/** What serves the requests of a connection. */
export interface Http1Handler {
  serve(request: Http1Request, response: Http1Response): void;
  /**
   * Whether the request that begins on a connection waits for those of other clients.
   * @returns its client if so
   */
  yields(socket: Socket): string | undefined;
  /** Whose turn it is where something waits; undefined where the connection carries many clients. */
  clientOf(socket: Socket): string | undefined;
  /** Logs what never became a request. @returns fields for its response */
  reportMalformed(refusal: Refusal, client: string): RawFields;
  /** An exception of the program itself; its connection is closed. */
  failed(error: unknown): void;
}

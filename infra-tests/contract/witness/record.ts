import type { IncomingMessage } from "node:http";

/** A request as it reached the witness. */
export interface Sighting {
  readonly method: string;
  readonly target: string;
  readonly version: string;
  readonly rawHeaders: readonly string[];
  /** Latin-1: one character is one byte. Empty in long ones. */
  body: string;
  bodyBytes: number;
  rawTrailers: readonly string[];
  /** The edge's port: tells upstream connections apart. */
  readonly connection: number;
  /** Whether it came whole. */
  whole: boolean;
  /** Whether its connection ended before the response did. */
  abandoned: boolean;
}

const LONGEST_BODY = 4096;
const sightings: Sighting[] = [];

export function sight(request: IncomingMessage): Sighting {
  const sighting: Sighting = {
    method: request.method ?? "",
    target: request.url ?? "",
    version: request.httpVersion,
    rawHeaders: request.rawHeaders,
    body: "",
    bodyBytes: 0,
    rawTrailers: [],
    connection: request.socket.remotePort ?? 0,
    whole: false,
    abandoned: false,
  };
  sightings.push(sighting);
  return sighting;
}

/** Notes the end of a request's body. */
export function noteBody(sighting: Sighting, request: IncomingMessage, body: Buffer): void {
  sighting.bodyBytes = body.length;
  sighting.body = body.length > LONGEST_BODY ? "" : body.toString("latin1");
  sighting.rawTrailers = request.rawTrailers;
  sighting.whole = true;
}

/** All since the last time that somebody had them forgotten. */
export const seen = (): readonly Sighting[] => sightings;

export function forget(): void {
  sightings.length = 0;
}

import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { acceptedCodings } from "./accept-encoding.ts";
import { type ByteRange, byteRange } from "./byte-range.ts";
import { sendContent } from "./file-content.ts";
import { isConditional, preconditions, rangeStillFits } from "./preconditions.ts";
import type { Representation } from "./representation.ts";
import type { StoredFile } from "./stored-file.ts";

/** What the application says of a file that it has the edge send. */
export interface Wrapping {
  /** A flat list of names and values: what goes with any answer. */
  readonly fields: readonly string[];
  /** What goes with content: its type and disposition. */
  readonly describing: readonly string[];
  /** Server-Timing of the tiers behind the edge. */
  readonly timing: string;
}

/**
 * Answers with a file, or with the part of it that the request's fields ask for.
 * @param wrapping undefined where the file speaks for itself
 * @throws EdgeError 406 where the client refuses every coding that there is
 */
export function answerWithFile(
  exchange: Exchange,
  file: StoredFile,
  wrapping: Wrapping | undefined,
): void | Promise<void> {
  const { headers } = exchange.request;
  const accepted = headers["accept-encoding"];
  const representation = file.in(
    acceptedCodings(typeof accepted === "string" ? accepted : undefined),
  );
  if (representation === undefined) throw notAcceptable();
  // Only of a GET do the fields speak that ask for less than all of a file.
  const reads = exchange.method === "GET" || exchange.method === "HEAD";
  if (reads && isConditional(headers)) {
    const status = preconditions(headers, representation);
    if (status !== undefined) {
      return answerWithoutContent(exchange, status, representation, wrapping);
    }
  }
  const { range } = headers;
  const ifRange = headers["if-range"];
  const part =
    range !== undefined &&
    exchange.method === "GET" &&
    rangeStillFits(word(ifRange), representation)
      ? byteRange(range, representation.size)
      : undefined;
  if (part === "unsatisfiable") {
    return answerWithoutContent(exchange, 416, representation, wrapping);
  }
  return part === undefined
    ? answerWhole(exchange, file, representation, wrapping)
    : answerPart(exchange, file, representation, part, wrapping);
}

function answerWhole(
  exchange: Exchange,
  file: StoredFile,
  representation: Representation,
  wrapping: Wrapping | undefined,
): void | Promise<void> {
  const fields =
    wrapping === undefined
      ? representation.whole
      : ["Content-Length", String(representation.size), ...wrapped(representation, wrapping)];
  const all = { first: 0, last: representation.size - 1 };
  return sendContent(exchange, 200, fields, wrapping?.timing ?? "", file, representation, all);
}

/** RFC 9110, section 15.3.7. */
function answerPart(
  exchange: Exchange,
  file: StoredFile,
  representation: Representation,
  part: ByteRange,
  wrapping: Wrapping | undefined,
): void | Promise<void> {
  const { first, last } = part;
  const fields = [
    ...["Content-Length", String(last - first + 1)],
    ...["Content-Range", `bytes ${first}-${last}/${representation.size}`],
    ...(wrapping === undefined ? representation.describing : wrapped(representation, wrapping)),
  ];
  return sendContent(exchange, 206, fields, wrapping?.timing ?? "", file, representation, part);
}

/** 304 (RFC 9110, section 15.4.5), 412 (15.5.13) and 416 (15.5.17). */
function answerWithoutContent(
  exchange: Exchange,
  status: 304 | 412 | 416,
  representation: Representation,
  wrapping: Wrapping | undefined,
): void {
  const fields = [...representation.validators, ...(wrapping?.fields ?? representation.caching)];
  // Without it a 304 would be taken for one of a file of that length (RFC 9110, section 8.6).
  if (status !== 304) fields.push("Content-Length", "0");
  if (status === 416) fields.push("Content-Range", `bytes */${representation.size}`);
  exchange.head(status, fields, wrapping?.timing ?? "");
  exchange.end([]);
}

function wrapped({ validators, type }: Representation, wrapping: Wrapping): string[] {
  const { describing, fields } = wrapping;
  const typed = describing.some(
    (word, at) => at % 2 === 0 && word.toLowerCase() === "content-type",
  );
  return [
    ...(typed ? [] : ["Content-Type", type]),
    ...[...describing, ...validators, "Accept-Ranges", "bytes", ...fields],
  ];
}

function notAcceptable(): EdgeError {
  return new EdgeError("not-acceptable", 406, "There is no form of this file that you accept.");
}

function word(field: string | string[] | undefined): string | undefined {
  return typeof field === "string" ? field : undefined;
}

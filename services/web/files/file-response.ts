import {
  type ByteRange,
  fieldValue,
  isConditional,
  preconditions,
  selectedRange,
} from "@gatehouse/http";
import { EdgeError } from "../exchange/edge-error.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { acceptedCodings } from "./accept-encoding.ts";
import type { Representation } from "./representation.ts";
import type { StoredFile } from "./stored-file.ts";

/** What the application says of a file that the edge sends in its name. */
export interface ApplicationHead {
  readonly fields: readonly string[];
  /** The fields that only a response with content has: its type and disposition. */
  readonly describing: readonly string[];
  readonly timing: string;
}

/**
 * Responds with a file, or with the part of it that the request selects.
 * @param application undefined where the file is the edge's own
 * @throws EdgeError 406 where the client refuses every coding of the file
 */
export function sendFile(
  exchange: Exchange,
  file: StoredFile,
  application: ApplicationHead | undefined,
): void | Promise<void> {
  const { headers } = exchange.request;
  const accepted = headers["accept-encoding"];
  const form = file.in(acceptedCodings(typeof accepted === "string" ? accepted : undefined));
  if (form === undefined) {
    throw new EdgeError("not-acceptable", 406, "The file has no encoding that is acceptable.");
  }
  // Conditions and ranges of other methods are not about this file.
  const isGet = exchange.method === "GET";
  if ((isGet || exchange.method === "HEAD") && isConditional(headers)) {
    const status = preconditions(headers, form);
    if (status !== undefined) return sendWithoutContent(exchange, status, form, application);
  }
  const range = isGet ? selectedRange(headers, form, form.size) : undefined;
  if (range === "unsatisfiable") return sendWithoutContent(exchange, 416, form, application);
  const timing = application?.timing ?? "";
  if (range === undefined) {
    const fields =
      application === undefined
        ? form.whole
        : ["Content-Length", String(form.size), ...merged(form, application)];
    const all = { first: 0, last: form.size - 1 };
    return sendContent(exchange, 200, fields, timing, file, form, all);
  }
  const { first, last } = range;
  // RFC 9110, section 15.3.7.
  const fields = [
    ...["Content-Length", String(last - first + 1)],
    ...["Content-Range", `bytes ${first}-${last}/${form.size}`],
    ...(application === undefined ? form.describing : merged(form, application)),
  ];
  return sendContent(exchange, 206, fields, timing, file, form, range);
}

/** 304 (RFC 9110, section 15.4.5), 412 (15.5.13) and 416 (15.5.17). */
function sendWithoutContent(
  exchange: Exchange,
  status: 304 | 412 | 416,
  { validators, caching, size }: Representation,
  application: ApplicationHead | undefined,
): void {
  const fields = [...validators, ...(application?.fields ?? caching)];
  // In a 304 it would be the length of the file (RFC 9110, section 8.6).
  if (status !== 304) fields.push("Content-Length", "0");
  if (status === 416) fields.push("Content-Range", `bytes */${size}`);
  exchange.head(status, fields, application?.timing ?? "");
  exchange.end([]);
}

function merged({ validators, type }: Representation, application: ApplicationHead): string[] {
  const { describing, fields } = application;
  const typed = fieldValue("content-type", describing) !== undefined;
  return [
    ...(typed ? [] : ["Content-Type", type]),
    ...[...describing, ...validators, "Accept-Ranges", "bytes", ...fields],
  ];
}

/**
 * The bytes that are written at once. The progress of a client is measured in whole pieces: a larger
 * one would hide that of a slow but honest client.
 */
const PIECE = 64 * 1024;
/** The same from the disk: the memory that a client holds which does not read. */
const READ = 32 * 1024;

function sendContent(
  exchange: Exchange,
  status: number,
  fields: readonly string[],
  timing: string,
  file: StoredFile,
  form: Representation,
  range: ByteRange,
): void | Promise<void> {
  const { content } = form;
  const { first, last } = range;
  if (exchange.method !== "HEAD" && content && last - first < PIECE && timing === "") {
    const body = last - first + 1 === content.length ? content : content.subarray(first, last + 1);
    exchange.respond(status, fields, body);
    return;
  }
  exchange.head(status, fields, timing);
  if (exchange.method === "HEAD") exchange.end([]);
  else if (content !== undefined) {
    return stream(exchange, range, async (at, size) => content.subarray(at, at + size));
  } else {
    const read = (at: number, size: number) => form.read(at, Math.min(size, READ));
    return file.using(() => stream(exchange, range, read));
  }
}

async function stream(
  exchange: Exchange,
  { first, last }: ByteRange,
  read: (position: number, length: number) => Promise<Buffer>,
): Promise<void> {
  for (let position = first; position <= last; ) {
    const piece = await read(position, Math.min(PIECE, last + 1 - position));
    if (exchange.closed) return;
    position += piece.length;
    if (!exchange.data(piece) && position <= last) await exchange.drained();
  }
  exchange.end([]);
}

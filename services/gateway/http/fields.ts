import type { IncomingMessage } from "node:http";

/** Names and values in turn, as in `rawHeaders`. */
type Fields = readonly string[];

/** Gives a request fields that it does not have yet, in both of Node's views of its headers. */
function addFields({ headers, rawHeaders }: IncomingMessage, fields: Fields): void {
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? "";
    const value = fields[index + 1] ?? "";
    // Node has made `headers` from the raw list by now: nobody will read the list again.
    headers[keyOf(name)] = value;
    rawHeaders.push(name, value);
  }
}

/** Gives a request this one value of a field. */
export function setField(request: IncomingMessage, name: string, value: string): void {
  const key = keyOf(name);
  if (request.headers[key] === value) return;
  if (request.headers[key] === undefined) addFields(request, [name, value]);
  else rewriteFields(request, (other) => other !== key, [name, value]);
}

/** Names that the gateway itself adds, to which every request asks the way. */
const keys = new Map<string, string>();

/** A name in lower case, for names of our own: they are few. */
function keyOf(name: string): string {
  const known = keys.get(name);
  if (known !== undefined) return known;
  const key = name.toLowerCase();
  keys.set(name, key);
  return key;
}

/** Leaves a request only those of its fields that `keeps` wants, and `added`. */
export function rewriteFields(
  request: IncomingMessage,
  keeps: (lowerCaseName: string) => boolean,
  added: Fields,
): void {
  const { headers, rawHeaders } = request;
  const fields: string[] = [];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? "";
    if (keeps(name.toLowerCase())) fields.push(name, rawHeaders[index + 1] ?? "");
    else delete headers[name.toLowerCase()];
  }
  request.rawHeaders = fields;
  // Node would derive the headers anew from the raw list, of which it remembers the old length.
  request.headers = headers;
  addFields(request, added);
}

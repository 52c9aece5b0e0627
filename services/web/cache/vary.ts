import {
  type ClientSide,
  connectionOptions,
  FORWARDED_HEADERS,
  forwardedFields,
  isHopByHop,
  type RawFields,
} from "@gatehouse/http";

/** The parts of a request by which an application may choose its answer. */
export interface Selecting {
  readonly rawHeaders: RawFields;
  readonly connection: string | undefined;
  readonly client: ClientSide;
}

/** What is never the same twice: an answer that varies by it fits no other request. */
const UNREPEATABLE = new Set(["*", "x-request-id", "x-request-start", "traceparent"]);

/**
 * The field names by which an answer varies, in lower case and sorted.
 * @param vary all Vary fields, joined with commas
 * @returns undefined where no other request can match; RFC 9111, section 4.1
 */
export function varyNames(vary: string | undefined): readonly string[] | undefined {
  if (vary === undefined) return [];
  const words = vary.split(",").map((word) => word.trim().toLowerCase());
  const names = [...new Set(words.filter((word) => word !== ""))].sort();
  return names.some((name) => UNREPEATABLE.has(name)) ? undefined : names;
}

/**
 * The values that a request has for these names, as the application sees them, in one word. A
 * field that the edge rewrites or takes away counts as what it makes of it: otherwise a client could
 * have another visitor's variant filled with an answer that was chosen by something else.
 */
export function variantOf(names: readonly string[], request: Selecting): string {
  if (names.length === 0) return "";
  return names.map((name) => selectingValue(name, request)).join("\n");
}

function selectingValue(name: string, { rawHeaders, connection, client }: Selecting): string {
  if (name === "host") return client.host;
  if (FORWARDED_HEADERS.has(name)) return valuesOf(name, forwardedFields(client), ", ");
  if (isHopByHop(name, connectionOptions(connection))) return "";
  const value = valuesOf(name, rawHeaders, name === "cookie" ? "; " : ", ");
  if (name === "accept-encoding") return acceptedCodings(value);
  // Languages have no case, and no space that means anything; RFC 9110, section 12.5.4.
  return name === "accept-language" ? value.toLowerCase().replace(/\s/g, "") : value;
}

function valuesOf(name: string, fields: RawFields, separator: string): string {
  let all = "";
  for (let index = 0; index < fields.length; index += 2) {
    const candidate = fields[index] ?? "";
    if (candidate.length !== name.length || candidate.toLowerCase() !== name) continue;
    const value = (fields[index + 1] ?? "").trim();
    all = all === "" ? value : all + separator + value;
  }
  return all;
}

/**
 * The codings that a client can read, sorted: which of them it likes best is dropped, so that the
 * browsers' different lists meet in few variants. A coding that it refuses stays marked, because
 * "identity;q=0" and "*;q=0" change what may be sent.
 */
function acceptedCodings(value: string): string {
  const codings = value
    .toLowerCase()
    .split(",")
    .flatMap((word) => {
      const [coding = "", ...parameters] = word.split(";").map((part) => part.trim());
      const refused = parameters.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter));
      return coding === "" ? [] : [refused ? `${coding};q=0` : coding];
    });
  return [...new Set(codings)].sort().join(",");
}

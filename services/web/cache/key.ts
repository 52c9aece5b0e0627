import {
  type ClientSide,
  connectionOptions,
  FORWARDED_HEADERS,
  fieldValue,
  forwardedFields,
  isHopByHop,
  listedNames,
  type RawFields,
  weightedList,
} from "@gatehouse/http";

/**
 * The key of a response: all of the request's address that the application sees (RFC 9111, section 2).
 * Host and target are not normalised, because the application may repeat them in its response.
 */
export function keyOf(client: Omit<ClientSide, "address">, target: string): string {
  // Neither a host nor a target can contain a space.
  return `${client.scheme}://${client.host} ${client.port} ${target}`;
}

/** The keys of an address over both schemes: the application behind them is the same. */
export function keysOfBothSchemes(client: ClientSide, target: string): string[] {
  const plain = { ...client, scheme: "http", port: 80 } as const;
  const encrypted = { ...client, scheme: "https", port: 443 } as const;
  return [client, plain, encrypted].map((side) => keyOf(side, target));
}

/** The parts of a key that an operator knows. */
export function addressOf(key: string): { readonly origin: string; readonly target: string } {
  const [origin = "", , target = ""] = key.split(" ");
  return { origin, target };
}

/** The parts of a request by which an application may select its response. */
export interface SelectingRequest {
  readonly rawHeaders: RawFields;
  readonly connection: string | undefined;
  readonly client: ClientSide;
}

/** Never the same twice: a response that varies by it matches no other request. */
const UNREPEATABLE = new Set(["*", "x-request-id", "x-request-start", "traceparent"]);

/** @returns sorted names; undefined where no other request can match (RFC 9111, section 4.1) */
export function varyNames(vary: string | undefined): readonly string[] | undefined {
  if (vary === undefined) return [];
  const names = [...new Set(listedNames(vary))].sort();
  return names.some((name) => UNREPEATABLE.has(name)) ? undefined : names;
}

/**
 * The request's values of these names, as the application sees them: the second part of the key. A
 * field that the edge rewrites or removes counts as the application sees it. Otherwise a client could
 * store a response under the variant of another visitor.
 */
export function variantOf(names: readonly string[], request: SelectingRequest): string {
  if (names.length === 0) return "";
  return names.map((name) => selectingValue(name, request)).join("\n");
}

function selectingValue(name: string, { rawHeaders, connection, client }: SelectingRequest) {
  if (name === "host") return client.host;
  if (FORWARDED_HEADERS.has(name)) return fieldValue(name, forwardedFields(client)) ?? "";
  if (isHopByHop(name, connectionOptions(connection))) return "";
  const value = fieldValue(name, rawHeaders, name === "cookie" ? "; " : ", ") ?? "";
  if (name === "accept-encoding") return acceptedCodings(value);
  // Languages have no case, and spaces between them no meaning; RFC 9110, section 12.5.4.
  return name === "accept-language" ? value.toLowerCase().replace(/\s/g, "") : value;
}

/**
 * The codings that a client accepts, sorted and without their weights, so that the browsers' different
 * lists become few variants. A refused coding stays marked, because "identity;q=0" and "*;q=0" change
 * what may be sent.
 */
function acceptedCodings(value: string): string {
  const codings = weightedList(value).map(([coding, weight]) =>
    weight === 0 ? `${coding};q=0` : coding,
  );
  return [...new Set(codings)].sort().join(",");
}

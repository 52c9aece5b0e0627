import {
  type ClientSide,
  FORWARDED_HEADERS,
  listedNames,
  type RawFields,
  Remembered,
} from "@gatehouse/http";
import { type ProxiedRequest, sentValues } from "../proxy/upstream-request.ts";

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
export type SelectingRequest = Pick<ProxiedRequest, "rawHeaders" | "client">;

/**
 * A response that varies by one of these matches no other request: the edge writes them anew for each
 * request, or leaves them out where it fetches a whole response.
 */
const UNREPEATABLE = new Set(
  `* x-request-id x-request-start traceparent range if-range
   if-match if-none-match if-modified-since if-unmodified-since`.split(/\s+/),
);

const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** @returns sorted names; undefined where no other request can match (RFC 9111, section 4.1) */
export function varyNames(vary: string | undefined): readonly string[] | undefined {
  if (vary === undefined) return [];
  const names = [...new Set(listedNames(vary))].sort();
  const none = names.some((name) => UNREPEATABLE.has(name) || !TOKEN.test(name));
  return none ? undefined : names;
}

/**
 * The request's values of these names, octet by octet as the application gets them: the second part of
 * the key. Whatever is normalised here, but not for the application, lets one visitor choose what
 * another one is shown: so a split field is another one than a list, and "gzip,br" than "br, gzip".
 */
export function variantOf(names: readonly string[], request: SelectingRequest): string {
  let variant = "";
  for (const name of names) {
    const values = sentValues(name, request);
    // No value contains a line feed.
    variant += `${values.length}\n`;
    for (const value of values) variant += `${value}\n`;
  }
  return variant;
}

/** Names by which frameworks take another method than the request's own. */
const OF_THE_METHOD =
  /^x[-_](?:http[-_]method(?:[-_]override)?|method[-_]override|(?:original|forwarded)[-_]method)$/i;
/**
 * Names by which they take another address or client, or another form of a page, and that the edge does not
 * write itself. React Router, Remix and Next have some that were meant for their own servers alone.
 */
const OF_THE_ADDRESS =
  /^(?:x[-_](?:original|rewrite|forwarded|react[-_]router|remix|nextjs|middleware|invoke|now|matched)[-_].*|x[-_](?:http[-_])?host(?:[-_]override)?|x[-_](?:url[-_])?scheme|front[-_]end[-_]https)$/i;

const overrides = new Remembered((name) => {
  if (OF_THE_METHOD.test(name)) return "method";
  return OF_THE_ADDRESS.test(name) && !FORWARDED_HEADERS.has(name.toLowerCase()) && "address";
});

/**
 * The fields of a request that some programs take for a part of its address, as lines. Few of them
 * say Vary: all responses of the cache vary by these fields.
 * @returns "" for nearly every request; undefined where a field says another method
 */
export function overridesOf(rawHeaders: RawFields): string | undefined {
  let lines = "";
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = rawHeaders[at] ?? "";
    const first = name.charCodeAt(0) | LOWER;
    const kind = (first === X || first === F) && overrides.of(name);
    if (kind === "method") return undefined;
    if (kind === "address") lines += `${name.toLowerCase()}: ${rawHeaders[at + 1]}\n`;
  }
  return lines;
}

const LOWER = 0x20;
const [F, X] = [0x66, 0x78];

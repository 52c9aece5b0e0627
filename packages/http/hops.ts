import type { IncomingHttpHeaders } from "node:http";

/** What one proxy told of the connection that it accepted. */
export interface Hop {
  /** The address at that connection's other end, without a port. */
  readonly node?: string | undefined;
  readonly proto?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: string | undefined;
}

/** The hops that the headers tell of, the one furthest from here first. */
export function hopsTold(headers: IncomingHttpHeaders): Hop[] {
  const chain = whole(headers["x-forwarded-for"]);
  const proto = whole(headers["x-forwarded-proto"]);
  const host = whole(headers["x-forwarded-host"]);
  const port = whole(headers["x-forwarded-port"]);
  // One hop is what a single proxy in front writes: nearly every request.
  if (chain !== undefined && !chain.includes(",")) {
    return [{ node: withoutPort(chain.trim()), ...nearest(proto, host, port) }];
  }
  if (chain === undefined) {
    const forwarded = forwardedElements(headers.forwarded ?? "");
    return forwarded.length > 0 ? forwarded : [nearest(proto, host, port)];
  }
  const nodes = listed(chain);
  const [protos, hosts, ports] = [listed(proto), listed(host), listed(port)];
  return nodes.map((node, index) => ({
    node: withoutPort(node),
    proto: inStep(protos, index, nodes.length),
    host: inStep(hosts, index, nodes.length),
    port: inStep(ports, index, nodes.length),
  }));
}

function nearest(proto: string | undefined, host: string | undefined, port: string | undefined) {
  return { proto: lastWord(proto), host: lastWord(host), port: lastWord(port) };
}

function lastWord(value: string | undefined): string | undefined {
  return value?.slice(value.lastIndexOf(",") + 1).trim();
}

/**
 * A list as long as that of the addresses has one word for each hop. Of any other the last word
 * counts, which the nearest proxy wrote: what stands before it may be the client's invention.
 */
function inStep(words: readonly string[], index: number, hops: number): string | undefined {
  return words.length === hops ? words[index] : words.at(-1);
}

function listed(value: string | undefined): string[] {
  return value === undefined ? [] : value.split(",").map((word) => word.trim());
}

/** Node joins a repeated field with commas; some servers keep its values apart. */
function whole(value: string | string[] | undefined): string | undefined {
  return Array.isArray(value) ? value.join(",") : value;
}

/** "192.0.2.1:4711" and "[2001:db8::1]:4711", as some proxies write them, without the port. */
function withoutPort(node: string): string {
  if (!node.includes(":")) return node;
  return /^\[(.+)\](?::\d+)?$/.exec(node)?.[1] ?? /^([\d.]+):\d+$/.exec(node)?.[1] ?? node;
}

/** Longer than any honest chain; what is longer could only cost time. */
const LONGEST_FORWARDED = 2048;
/** RFC 7239, section 4; commas and semicolons within quotes do not count. */
const ELEMENT = /(?:"(?:\\.|[^"\\])*"|[^,"])+/g;
const PAIR = /([\w-]+)=(?:"((?:\\.|[^"\\])*)"|([^;,"\s]*))/g;

function forwardedElements(value: string): Hop[] {
  if (value.length > LONGEST_FORWARDED) return [];
  return (value.match(ELEMENT) ?? []).map((element) => {
    const pairs = new Map<string, string>();
    for (const [, name = "", quoted, plain = ""] of element.matchAll(PAIR)) {
      pairs.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, "$1") ?? plain);
    }
    const node = pairs.get("for");
    return {
      node: node && withoutPort(node),
      proto: pairs.get("proto"),
      host: pairs.get("host"),
    };
  });
}

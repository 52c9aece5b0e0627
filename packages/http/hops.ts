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
  const nodes = listed(headers["x-forwarded-for"]);
  const protos = listed(headers["x-forwarded-proto"]);
  const hosts = listed(headers["x-forwarded-host"]);
  const ports = listed(headers["x-forwarded-port"]);
  const told = Math.max(protos.length, hosts.length, ports.length);
  if (nodes.length === 0) {
    const forwarded = forwardedElements(headers.forwarded ?? "");
    if (forwarded.length > 0 || told === 0) return forwarded;
    return [{ proto: protos.at(-1), host: hosts.at(-1), port: ports.at(-1) }];
  }
  return nodes.map((node, index) => ({
    node: withoutPort(node),
    proto: inStep(protos, index, nodes.length),
    host: inStep(hosts, index, nodes.length),
    port: inStep(ports, index, nodes.length),
  }));
}

/**
 * A list as long as that of the addresses has one word for each hop. Of any other the last word
 * counts, which the nearest proxy wrote: what stands before it may be the client's invention.
 */
function inStep(words: readonly string[], index: number, hops: number): string | undefined {
  return words.length === hops ? words[index] : words.at(-1);
}

function listed(value: string | readonly string[] | undefined): string[] {
  if (value === undefined) return [];
  return String(value)
    .split(",")
    .map((word) => word.trim());
}

/** "192.0.2.1:4711" and "[2001:db8::1]:4711", as some proxies write them, without the port. */
function withoutPort(node: string): string {
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

import { integer, milliseconds, optionalPath, text } from "@gatehouse/settings";

const MINUTE = 60_000;

/** Rows of the edge's table: where the replicas are, and which of them get requests. */
export const replicaRows = {
  upstream: text({
    default: "127.0.0.1:8000",
    allowed: "host:port",
    matches: /^[A-Za-z0-9._-]+:\d{1,5}$/,
    why: "The gateways: every address that the name has is a replica.",
  }),
  nameServer: text({
    default: "",
    allowed: "an address, with a port or without, or nothing",
    matches: /^[0-9A-Fa-f.:[\]]*$/,
    why: "The name server for the upstream's name; nothing is the system's own name server.",
  }),
  upstreamAdminPort: integer({
    default: 9200,
    min: 1,
    max: 65535,
    why: "The admin port of the gateways, for their /readyz.",
  }),
  upstreamSockets: optionalPath(
    "The folder of the Unix sockets of gateways on this host, GATEWAY_SOCKET_DIRECTORY there: used for those that have one.",
  ),
  resolveInterval: milliseconds({
    default: 500,
    min: 100,
    max: MINUTE,
    why: "How often the upstream's name is looked up; a new address is found within this time, or twice as long after 10 s without a visitor.",
  }),
  checkInterval: milliseconds({
    default: 1000,
    min: 100,
    max: MINUTE,
    why: "How often a replica's readiness is checked; less than half of GATEWAY_LAME_DUCK. Up to three times as long, 4 s at most, after 10 s without a visitor: a gateway that drains closes the connection, and is checked at once.",
  }),
  circuitFailures: integer({
    default: 5,
    min: 0,
    max: 1000,
    why: "Connections that a replica refuses in a row, or requests without a response while it responds to none at all, after which others are preferred; 0 for never.",
  }),
  circuitOpenFor: milliseconds({
    default: 5000,
    min: 100,
    max: 10 * MINUTE,
    why: "How long others are preferred before a growing share tries it; and how long it must have responded to nothing.",
  }),
};

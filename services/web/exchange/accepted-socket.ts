import type { Socket } from "node:net";

/** The socket that was accepted, below TLS and HTTP/2. Node has no public name for it. */
export function acceptedSocket(socket: Socket): Socket {
  const parent: unknown = Reflect.get(socket, "_parent");
  return isSocket(parent) ? parent : socket;
}

function isSocket(value: unknown): value is Socket {
  return typeof value === "object" && value !== null && "remoteAddress" in value;
}

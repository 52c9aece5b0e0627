import type { ClientSide } from "@gatehouse/http";

/**
 * What an answer is stored under: all of a request's address that the application is told. Host and
 * target are taken as they came, in their own spelling, because the application may repeat them.
 */
export function keyOf(client: ClientSide, target: string): string {
  return keyFor(client.scheme, client.host, client.port, target);
}

/** The keys of an address, whichever scheme it was asked by: the application is the same. */
export function keysOfBothSchemes(client: ClientSide, target: string): string[] {
  const { scheme, host, port } = client;
  const keys = [keyFor("http", host, 80, target), keyFor("https", host, 443, target)];
  return [keyFor(scheme, host, port, target), ...keys];
}

/** The parts of a key that an operator knows it by. */
export function addressOf(key: string): { readonly origin: string; readonly target: string } {
  const [origin = "", , target = ""] = key.split(" ");
  return { origin, target };
}

/** Neither a host nor a target can hold a space. */
function keyFor(scheme: string, host: string, port: number, target: string): string {
  return `${scheme}://${host} ${port} ${target}`;
}

/**
 * The same text in memory of its own. What is cut out of a head keeps the whole head in memory, of which a
 * client chooses the length: what outlives its request must not.
 * @param text of HTTP/1: each character is a byte
 */
export function detached(text: string): string {
  return Buffer.from(text, "latin1").toString("latin1");
}

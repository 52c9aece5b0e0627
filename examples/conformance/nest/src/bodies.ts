/** Helpers for the bodies of requests and responses. */
import { setTimeout as pause } from "node:timers/promises";

/** The number of bytes of a body. */
export async function count(body: AsyncIterable<Buffer>): Promise<number> {
  let bytes = 0;
  for await (const chunk of body) bytes += chunk.length;
  return bytes;
}

/** A body that takes its time. */
export async function* pieces() {
  for (let piece = 1; piece <= 5; piece++) {
    await pause(50);
    yield `piece ${piece}\n`;
  }
}

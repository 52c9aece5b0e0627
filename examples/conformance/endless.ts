/** Bodies that do not end well, for the conformance suite. */
import { setTimeout as pause } from "node:timers/promises";

/** Server-sent events without an end. */
export async function* events() {
  for (;;) {
    yield `data: ${Date.now()}\n\n`;
    await pause(50);
  }
}

/** A body that fails once its head has been sent. */
export async function* broken() {
  yield Buffer.from("begun\n");
  await pause(50);
  throw new Error("thrown after the head");
}

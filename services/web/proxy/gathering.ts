import type { Readable } from "node:stream";

/**
 * Waits for a body that comes in: until all of it has come, or as much as its stream holds, which is
 * 16 KiB over HTTP/1.1 and 64 KiB over HTTP/2; or until it broke off. Nothing is read of it. So a
 * client that hardly sends waits here, and not on a connection to a gateway that others need.
 */
export function gathered(body: Readable): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      body.off("readable", look);
      for (const event of OVER) body.off(event, settle);
      resolve();
    };
    const look = () => {
      const whole = "complete" in body && body.complete === true;
      if (whole || body.destroyed || body.readableLength >= body.readableHighWaterMark) settle();
    };
    body.on("readable", look);
    for (const event of OVER) body.on(event, settle);
    look();
  });
}

/** Whatever happens to a body after which nothing more comes. An empty one ends by itself. */
const OVER = ["end", "error", "aborted", "close"];

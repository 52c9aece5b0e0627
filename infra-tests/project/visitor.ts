import { setTimeout as pause } from "node:timers/promises";
import { call } from "../stack/http.ts";

/** Requests the page again and again. @returns how many were sent, and what was no page */
export async function visit(origin: string, signal: AbortSignal) {
  const failed: string[] = [];
  let sent = 0;
  for (; !signal.aborted; sent++) {
    const outcome = await call(`${origin}/`).then(
      ({ status }) => String(status),
      (error: unknown) => String(error),
    );
    if (outcome !== "200") failed.push(outcome);
    await pause(20);
  }
  return { sent, failed };
}

import { sql } from "./database.ts";

/** The open pages of this process. Each of them is called when the entries have changed. */
const pages = new Set<() => void>();
let listening: Promise<unknown> | undefined;

/**
 * Calls `changed` whenever an entry was added, by any process of any replica: Postgres passes it on.
 * @returns a function that ends this
 */
export async function watchEntries(changed: () => void): Promise<() => void> {
  listening ??= sql.listen("entries", () => {
    for (const page of pages) page();
  });
  pages.add(changed);
  await listening.catch((error: unknown) => {
    // The next page tries again.
    listening = undefined;
    pages.delete(changed);
    throw error;
  });
  return () => void pages.delete(changed);
}

/** One message of an event stream, and how long a browser waits before it connects again, in milliseconds. */
export const CHANGED = "retry: 1000\nevent: changed\ndata:\n\n";

export const EVENT_STREAM = {
  "content-type": "text/event-stream",
  "cache-control": "no-store",
} as const;

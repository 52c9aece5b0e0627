import { CHANGED, EVENT_STREAM, watchEntries } from "@/live";

/** Ends the open event streams: they would keep this process from ending. */
const streams = new Set<() => void>();
process.on("SIGTERM", () => {
  for (const end of streams) end();
});

/** Without it Next would open a stream that is never read. */
export function HEAD(): Response {
  return new Response(null, { headers: EVENT_STREAM });
}

export async function GET({ signal }: Request): Promise<Response> {
  const { readable, writable } = new TextEncoderStream();
  const events = writable.getWriter();
  const send = (): void => {
    // One message that waits says everything.
    if ((events.desiredSize ?? 0) > 0) events.write(CHANGED).catch(() => {});
  };
  const unwatch = await watchEntries(send);
  const end = (): void => {
    streams.delete(end);
    unwatch();
    events.close().catch(() => {});
  };
  streams.add(end);
  // The page was closed, perhaps before its stream has begun.
  events.closed.catch(() => {}).finally(end);
  if (signal.aborted) end();
  else signal.addEventListener("abort", end, { once: true });
  // What was added before the page was open.
  send();
  return new Response(readable, { headers: EVENT_STREAM });
}

import { CHANGED, EVENT_STREAM, watchEntries } from "@/live";

export async function GET(): Promise<Response> {
  const { readable, writable } = new TextEncoderStream();
  const events = writable.getWriter();
  const send = (): void => void events.write(CHANGED).catch(() => {});
  const unwatch = await watchEntries(send);
  // The page was closed.
  events.closed.catch(() => {}).finally(unwatch);
  // What was added before the page was open.
  send();
  return new Response(readable, { headers: EVENT_STREAM });
}

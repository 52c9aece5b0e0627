import type { Peer } from "crossws";

const LARGE = "x".repeat(300_000);

/** What the storms need of an application: pages, bodies, event streams and WebSockets. */
export default {
  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    switch (pathname) {
      case "/work":
        work();
        return new Response("done", { headers: { "Cache-Control": "no-store" } });
      case "/large":
        return new Response(LARGE);
      case "/events":
        return new Response(events(), { headers: { "Content-Type": "text/event-stream" } });
      case "/echo":
        return new Response(await request.arrayBuffer());
      default:
        return new Response("page", { headers: { "Cache-Control": "no-store" } });
    }
  },
  websocket: {
    upgrade: (request: Request) =>
      request.url.endsWith("/refused") ? new Response("no", { status: 403 }) : undefined,
    message: (peer: Peer, message: { text(): string }) => void peer.send(message.text()),
  },
};

/** A page's worth: 3 ms of processor time, however busy the machine is. */
function work(): void {
  const spent = () => {
    const { user, system } = process.threadCpuUsage();
    return user + system;
  };
  const until = spent() + 3000;
  while (spent() < until);
}

function events(): ReadableStream<Uint8Array> {
  let timer: NodeJS.Timeout | undefined;
  const beat = new TextEncoder().encode("data: beat\n\n");
  return new ReadableStream({
    start: (controller) => {
      timer = setInterval(() => controller.enqueue(beat), 100);
    },
    cancel: () => clearInterval(timer),
  });
}

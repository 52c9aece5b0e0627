import { createServer } from "node:http";

// What the gateway loads. In its worker, which shares one port with others, the server is taken over.
if (process.env.NODE_ENV === "production") {
  // What `next build` has made.
  await import(new URL(".next/standalone/app/server.js", import.meta.url).href);
} else {
  // What `next dev` does.
  const { default: next } = await import("next");
  const server = createServer((request, response) => handle(request, response));
  const app = next({ dev: true, dir: import.meta.dirname, httpServer: server });
  const handle = app.getRequestHandler();
  await app.prepare();
  server.listen(Number(process.env.PORT ?? 3000));
}

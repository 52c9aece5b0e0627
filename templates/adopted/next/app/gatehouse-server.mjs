import { createServer } from "node:http";
import next from "next";

// `next start`, as a module that the gateway loads. Dockerfile.app puts it beside the application.
const app = next({ dev: false, dir: import.meta.dirname });
const handle = app.getRequestHandler();
await app.prepare();

/** In the gateway's worker, which shares one port with others, the server is taken over. */
createServer((request, response) => handle(request, response)).listen(
  Number(process.env.PORT ?? 3000),
);

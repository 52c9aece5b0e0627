/** A page that puts a letter into a queue of BullMQ, in Redis; examples/queue-jobs.ts sends it. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { Queue } from "bullmq";

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
// A request does not wait for a Redis that is away.
const letters = new Queue("letters", { connection: { url, enableOfflineQueue: false } });
letters.on("error", (error) => console.error(`letters: ${error.message}`));

/** Tried again after 1, 2, 4 ... seconds; of those that are sent, the last hundred are kept. */
const options = {
  attempts: 8,
  backoff: { type: "exponential", delay: 1000 },
  removeOnComplete: 100,
};

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url ?? "/", "http://localhost");
  if (request.method !== "POST" || pathname !== "/letters") {
    return response.setHeader("Content-Type", "text/plain").end("POST /letters with to=&words=\n");
  }
  const fields = new URLSearchParams(await text(request));
  try {
    const letter = { to: fields.get("to"), words: fields.get("words") };
    const { id } = await letters.add("letter", letter, options);
    return response.writeHead(202).end(`letter ${id} will be sent\n`);
  } catch {
    return response.writeHead(503, { "Retry-After": "5" }).end("Please try again later.\n");
  }
});

server.listen(process.env.PORT ?? 3000);

process.on("SIGTERM", () => server.close(() => letters.close()));

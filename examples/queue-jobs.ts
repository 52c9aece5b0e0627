/** JOBS=examples/queue-jobs.ts: sends the letters that examples/queue.ts has put into the queue. */
import { Worker } from "bullmq";
import { createTransport } from "nodemailer";

interface Letter {
  readonly to: string;
  readonly words: string;
}

const url = process.env.REDIS_URL ?? "redis://127.0.0.1:6379";
const mail = createTransport(process.env.SMTP_URL ?? "smtp://127.0.0.1:1025");

// A worker waits for its Redis for as long as it takes.
const connection = { url, maxRetriesPerRequest: null };
const worker = new Worker<Letter>(
  "letters",
  async ({ id, data: { to, words } }) => {
    // The id stays the same when the letter is tried again: who receives both can see it.
    const headers = { "X-Letter": String(id) };
    await mail.sendMail({
      from: "site@example.org",
      to,
      subject: "A letter",
      text: words,
      headers,
    });
  },
  { connection, concurrency: 5 },
);

worker.on("error", (error) => console.error(`letters: ${error.message}`));
worker.on("failed", (job, error) => console.error(`letter ${job?.id}: ${error.message}`));

// A deploy: no new letter is taken, and those in hand are sent.
process.on("SIGTERM", async () => {
  await worker.close();
  mail.close();
});

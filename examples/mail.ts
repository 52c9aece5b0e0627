/** A form whose words are sent by mail, with nodemailer. */
import { createServer } from "node:http";
import { text } from "node:stream/consumers";
import { createTransport } from "nodemailer";

/** With the accessory `mail`: SMTP_URL=smtp://mail:1025 in app.env. A response does not wait for longer than 5 s. */
const mail = createTransport({
  url: process.env.SMTP_URL ?? "smtp://127.0.0.1:1025",
  connectionTimeout: 5000,
  socketTimeout: 5000,
});

const FORM = `<!doctype html>
<html lang="en"><title>Write to us</title>
<form method="post">
  <p><label>Your address <input name="from" type="email" required></label></p>
  <p><label>Words <textarea name="words" required></textarea></label></p>
  <button>Send</button>
</form></html>`;

const server = createServer(async (request, response) => {
  response.setHeader("Content-Type", "text/html; charset=utf-8");
  if (request.method !== "POST") return response.end(FORM);
  const fields = new URLSearchParams(await text(request));
  try {
    await mail.sendMail({
      from: "site@example.org",
      replyTo: fields.get("from") ?? "",
      to: "editors@example.org",
      subject: "A letter from the site",
      text: fields.get("words") ?? "",
    });
    return response.end("Thank you.\n");
  } catch (error) {
    console.error(`the letter is not sent: ${error}`);
    return response.writeHead(503, { "Retry-After": "60" }).end("Please try again later.\n");
  }
});

server.listen(process.env.PORT ?? 3000);

import { setTimeout as pause } from "node:timers/promises";

export const dynamic = "force-dynamic";

async function* pieces() {
  for (let piece = 1; piece <= 5; piece++) {
    await pause(50);
    yield `piece ${piece}\n`;
  }
}

export function GET() {
  return new Response(ReadableStream.from(pieces()).pipeThrough(new TextEncoderStream()));
}

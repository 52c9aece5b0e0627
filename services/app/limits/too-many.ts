import { HTTPException } from "hono/http-exception";

/** A limit of this client, or of this user, is reached (429). Its page shows the message. */
export class TooMany extends HTTPException {
  /** Seconds after which a retry may succeed. */
  readonly retryAfter: number;

  constructor(message: string, retryAfter: number) {
    super(429, { message });
    this.retryAfter = retryAfter;
  }
}

/** "in 20 seconds", "in a minute", "in 15 minutes" */
export function inWords(seconds: number): string {
  const minutes = Math.ceil(seconds / 60);
  if (seconds < 60) return seconds === 1 ? "in a second" : `in ${seconds} seconds`;
  return minutes === 1 ? "in a minute" : `in ${minutes} minutes`;
}

/** What a client reads that gets no turn now. */
export const ADVICE = "Please try again in a few seconds.";
/** Seconds, in the Retry-After of a response that knows no better. */
export const RETRY_AFTER = 2;

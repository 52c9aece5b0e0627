/** Runs once in each worker, before the first request. */
export function register() {
  if (process.env.NEXT_RUNTIME !== "nodejs") return;
  process.once("SIGTERM", () => console.error("Next is closed"));
}

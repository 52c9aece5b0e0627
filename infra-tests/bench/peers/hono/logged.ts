/** The application with a logger, for servers that write no access line of their own. LOGS is on or off. */
import pino, { type Logger } from "pino";
import app from "./app.ts";

/** Watt's own, which its documentation wants to be used there; elsewhere pino. */
const { platformatic }: { platformatic?: { logger?: Logger } } = globalThis as object;
const logger = platformatic?.logger ?? pino();

async function logged(request: Request): Promise<Response> {
  const start = performance.now();
  const response = await app.fetch(request);
  const { method, url } = request;
  logger.info({ method, url, status: response.status, ms: performance.now() - start }, "access");
  return response;
}

export const fetch = process.env.LOGS === "on" ? logged : app.fetch;

import { cloneEnvironment } from "../stack/clone.ts";

/** The image with Node that this clone's stack is built on, and that the engine therefore has. */
export function nodeImage(): string {
  return cloneEnvironment().NODE_IMAGE || "node:26.10.0-trixie-slim";
}

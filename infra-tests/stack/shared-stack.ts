import { after } from "node:test";
import type { Application } from "./own-stack.ts";
import { Stack } from "./stack.ts";

/** Names the running project that a suite is handed. */
export const PROJECT = "GATEHOUSE_TEST_PROJECT";

/**
 * The stack for a test file: the one that the run shares, else one of its own that goes when the
 * file's tests are done, so that every file also runs alone.
 */
export async function useStack(application: Application = "services/app/gateway.ts") {
  const shared = process.env[PROJECT];
  if (shared) return new Stack(shared);
  const { OwnStack } = await import("./own-stack.ts");
  const own = await OwnStack.claim();
  after(async () => await own[Symbol.asyncDispose]());
  await own.serve(application);
  return own;
}

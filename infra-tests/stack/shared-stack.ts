import { after } from "node:test";
import type { Application } from "./own-stack.ts";
import { Stack } from "./stack.ts";

/** The variable with the name of the running project, set by infra-tests/main.ts. */
export const PROJECT = "GATEHOUSE_TEST_PROJECT";

/**
 * The stack for a test file: that of the run, else a new one that is removed after the tests of the
 * file. So every file can also run alone.
 */
export async function useStack(application: Application = "site") {
  const shared = process.env[PROJECT];
  if (shared) return new Stack(shared);
  const { OwnStack } = await import("./own-stack.ts");
  const own = await OwnStack.claim();
  after(async () => await own[Symbol.asyncDispose]());
  await own.serve(application);
  return own;
}

import { after, test } from "node:test";
import { pathToFileURL } from "node:url";
import { isAlone } from "./alone.ts";
import type { NextFile } from "./messages.ts";
import { expectUnchanged, sharedState } from "./shared-state.ts";

// A process of unit tests: it runs one file after the other in itself, until its channel is closed.
// What tests start has no reporter.
process.execArgv = [];

process.on("message", ({ file }: NextFile) => {
  test(file, async () => {
    const before = sharedState();
    await import(pathToFileURL(file).href);
    // The hooks of the file itself come before this one.
    if (!isAlone(file)) after(() => expectUnchanged(before));
  });
});

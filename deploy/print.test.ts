import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { printable } from "./print.ts";
import { Problem, runCommand } from "./problem.ts";
import { Stages } from "./stages.ts";

test("what moves the cursor, hides or reorders is shown as its number", () => {
  assert.equal(
    printable("a\x1b[2Jb\x07c\x9bd\x7f\r"),
    "a\\u001b[2Jb\\u0007c\\u009bd\\u007f\\u000d",
  );
  assert.equal(printable("user\u202etxt.exe\u2066"), "user\\u202etxt.exe\\u2066");
});

test("lines, tabs and every language stay", () => {
  const text = "größer\n\t日本語 🙂 a\u0301\n";
  assert.equal(printable(text), text);
  assert.equal(printable("one\r\ntwo\r\n"), "one\ntwo\n");
});

test("a stage that says a line of a container shows no escape sequence", async () => {
  let written = "";
  const stages = new Stages(undefined, (text) => {
    written += text;
  });
  await stages.run("start", async (say) => {
    say("app-1: \x1b]0;title\x07");
    return "ended \x1b[1A";
  });
  assert.match(written, /app-1: \\u001b\]0;title\\u0007/);
  assert.ok(!written.includes("\x1b"), JSON.stringify(written));
});

test("nor does the message of a command that fails", async (t) => {
  let written = "";
  const { mock } = t.mock.method(process.stderr, "write", (text: string) => {
    written += text;
    return true;
  });
  await runCommand(async () => {
    throw new Problem("app: \x1b[2J\x1b[H\nall is well");
  });
  mock.restore();
  process.exitCode = undefined;
  assert.equal(written, "gatehouse: app: \\u001b[2J\\u001b[H\ngatehouse: all is well\n");
});

/** What has a terminal of its own: colours, questions, a screen; and what prints no text of others. */
const WRITE_THEMSELVES = [
  "bare-machine/engine/main.ts",
  "command.ts",
  "dev/chain.ts",
  "dev/child.ts",
  "kubernetes-secrets.ts",
  "observe.ts",
  "project/new-command.ts",
  "test.ts",
];

test("all other commands print what they have heard by one function", () => {
  const exclude = ["**/testing/**", "**/*.test.ts", "**/*.process.ts"];
  const files = globSync("**/*.ts", { cwd: import.meta.dirname, exclude });
  const writing = files.filter((file) => {
    const text = readFileSync(join(import.meta.dirname, file), "utf8");
    return (
      /process(?:\.stdout|\.stderr|\[name\])\.write/.test(text) && !text.includes("printable(")
    );
  });
  assert.deepEqual(writing.sort(), WRITE_THEMSELVES);
});

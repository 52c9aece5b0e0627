import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { root } from "./clone.ts";

/** The files in which a shell reads lines: they install what strangers have published. */
const FILES = ["*Makefile", "*.sh", "*Dockerfile*", "*.yml", ".ci/*"];

/** The npm commands of a text that install packages, each with its continuation lines. */
function installs(text: string): string[] {
  const lines = text.replaceAll(/\s*\\\n\s*/g, " ").split("\n");
  const commands = lines
    .filter((line) => !/^\s*#/.test(line))
    .flatMap((line) => line.split(/&&|;/));
  return commands.filter((command) => /^[^"`]*\bnpm (ci|install|i|add)\b/.test(command));
}

test("an npm command is found with its options in the next lines, and not in a comment", () => {
  const text = "# npm ci\nRUN a && \\\n  npm ci \\\n  --omit dev && b\n  echo `npm ci`\n";
  assert.deepEqual(
    installs(text).map((each) => each.trim()),
    ["npm ci --omit dev"],
  );
});

test("nothing that installs packages runs their scripts", () => {
  const listed = execFileSync("git", ["ls-files", ...FILES], { cwd: root, encoding: "utf8" });
  const commands = listed
    .trim()
    .split("\n")
    .flatMap((file) =>
      installs(readFileSync(join(root, file), "utf8")).map((each) => [file, each]),
    );
  assert.ok(commands.length > 8, commands.join("\n"));
  const open = commands.filter(([, command = ""]) => !command.includes("--ignore-scripts"));
  assert.deepEqual(open, []);
});

test("what runs an install script in a build has neither npm's token nor the cache of other builds", () => {
  for (const file of ["Dockerfile.app", "templates/common/Dockerfile.app"]) {
    const text = readFileSync(join(root, file), "utf8").replaceAll(/\s*\\\n\s*/g, " ");
    const commands = text.split("\n").filter((line) => line.startsWith("RUN "));
    const trusting = commands.filter((line) =>
      /install-trusted|trusted rebuild|npm rebuild/.test(line),
    );
    assert.equal(trusting.length, 2, file);
    for (const each of trusting) assert.doesNotMatch(each, /--mount/, file);
  }
});

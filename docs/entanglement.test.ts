import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const root = dirname(import.meta.dirname);

/** What belongs to no application: it must work with whichever stands in `services/app`. */
const OURS = ["deploy/**", "infra-tests/**", "docs/**", "packages/**", "services/{web,gateway}/**"];
const TEXT = /\.(ts|md|json|yaml|sh|sql|svg)$/;
/** This file, packages, and what test runs leave behind. */
const EXCEPT = /^docs\/entanglement\.test\.ts$|\/node_modules\/|^deploy\/dev\/testing\//;

/** The words of the sample application, by what they are. */
const WORDS: Readonly<Record<string, RegExp>> = {
  "a file of the sample":
    /services\/app\/(views|templates|models|middleware|forms|live|management)\//,
  "an import from the application": /(from|import\() ?"[^"]*services\/app\//,
  "a route of the sample":
    /\/(notices|sign-in|sign-up|sign-out|about)(?![\w-]|\/?\w+\.\w)["'`/ ,)?]/,
  "a page or form of the sample": /\b(sign-?up|sign-?in|moderator|notice board|the board)\b/i,
  "a chore of the sample": /createsuperuser|"--username"|\brunserver\b/,
  "a table of the sample": /\b(table|from|into|update|on|truncate) (users|notices|devices)\b/,
  "a setting of the sample":
    /\bAPP_(ENV|ASSETS|COLLECT|MEDIA|PICTURE|SESSION|SIGN|UPLOADS|LIVE|QUERY|CONNECT|MIGRATE|DATABASE)\b|\bAPP_(SIGN|UPLOADS|LIVE|MEDIA|DATABASE)_/,
};

/** "file:line: what: the line" of every word in a text. */
function wordsIn(file: string, text: string): string[] {
  return text.split("\n").flatMap((line, index) =>
    Object.entries(WORDS)
      .filter(([, word]) => word.test(line))
      .map(([what]) => `${file}:${index + 1}: ${what}: ${line.trim().slice(0, 120)}`),
  );
}

const files = globSync(OURS, { cwd: root, exclude: (path) => path.includes("node_modules") })
  .filter((file) => TEXT.test(file) && !EXCEPT.test(file))
  .sort();

test("the words of the sample are found where they stand", () => {
  for (const line of [
    'import { appSettings } from "../../services/app/settings.ts";',
    "edit('services/app/templates/layout.ts')",
    'const page = get("/about");',
    'await page.goto("/notices/new");',
    '["createsuperuser", "--username", name]',
    "drop table users",
    'APP_SIGN_UPS_PER_CLIENT: "100000"',
  ]) {
    assert.notDeepEqual(wordsIn("x.ts", line), [], line);
  }
  assert.deepEqual(wordsIn("x.ts", "services/app/gateway.ts, infra-tests/chain/page.test.ts"), []);
});

test("nothing that is ours knows the words of the sample application", () => {
  assert.ok(files.length > 500, `${files.length} files are read`);
  const found = files.flatMap((file) => wordsIn(file, readFileSync(join(root, file), "utf8")));
  assert.deepEqual(found, [], "say it with the echo application, an example or a fixture");
});

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { test } from "node:test";

interface Ended {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs manage in a process of its own, as an operator does. */
function manage(...words: string[]): Promise<Ended> {
  const { promise, resolve } = Promise.withResolvers<Ended>();
  const script = join(import.meta.dirname, "manage.ts");
  execFile(process.execPath, [script, ...words], (error, stdout, stderr) => {
    const code = error === null ? 0 : Number(error.code);
    resolve({ code, stdout, stderr });
  });
  return promise;
}

test("manage alone lists every command", async () => {
  const { code, stdout } = await manage();
  assert.equal(code, 0);
  for (const name of ["makemigrations", "migrate", "collectstatic"]) {
    assert.match(stdout, new RegExp(`^  ${name}\\b.*\\w{4}$`, "m"));
  }
});

const refusals: [string[], number, RegExp][] = [
  [["migrat"], 64, /^manage: no command "migrat": did you mean migrate\?\n$/],
  [["dance"], 64, /^manage: no command "dance": manage alone lists them\n$/],
  [["constructor"], 64, /^manage: no command "constructor"/],
  [["migrate", "now"], 64, /^manage: migrate takes no word like "now"/],
  [["makemigrations", "--name"], 64, /^manage: --name needs a value\n$/],
  [["makemigrations", "--check=yes"], 64, /^manage: --check takes no value\n$/],
  [["migrate", "--migrate-timout", "5"], 78, /^--migrate-timout: no such flag; did you mean/],
  [["migrate", "--migrate-timeout", "soon"], 78, /^--migrate-timeout="soon": expected a whole/],
];

for (const [words, code, stderr] of refusals) {
  test(`manage ${words.join(" ")} ends with ${code} and says why`, async () => {
    const ended = await manage(...words);
    assert.deepEqual([ended.code, ended.stdout], [code, ""]);
    assert.match(ended.stderr, stderr);
  });
}

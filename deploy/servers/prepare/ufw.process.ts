import assert from "node:assert/strict";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../../command.ts";
import { temporaryFolder } from "../../testing.ts";
import type { Open } from "./rules.ts";
import { ufwStep } from "./ufw.ts";

/** Plays ufw, with its rules in a file, as `ufw status` of version 0.36 prints them. */
const UFW = `#!/bin/sh
rules="\${0%/*}/rules"
case "$1 $2" in
"status ") echo "Status: active"; echo; cat "$rules" ;;
"allow "*)
  printf '%-26s ALLOW       Anywhere                   # %s\\n' "$2" "$4" >> "$rules"
  printf '%-26s ALLOW       Anywhere (v6)              # %s\\n' "$2 (v6)" "$4" >> "$rules" ;;
"delete allow") grep -v "^$3 " "$rules" > "$rules.new"; mv "$rules.new" "$rules" ;;
esac
`;

class Machine {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param rules those of the operator's own */
  static async make(t: TestContext, rules: string): Promise<Machine> {
    const machine = new Machine(await temporaryFolder(t));
    await writeFile(join(machine.folder, "ufw"), UFW, { mode: 0o755 });
    await writeFile(join(machine.folder, "rules"), rules);
    return machine;
  }

  async #sh(input: string): Promise<number> {
    const env = { PATH: `${this.folder}:${process.env.PATH}` };
    const { code, output } = await run("sh", [], { input: `set -eu\n${input}`, env });
    assert.ok(code <= 1, output);
    return code;
  }

  /** Takes the step as make server does. @returns whether something was to be changed */
  async take(open: Open): Promise<boolean> {
    const { check, make } = ufwStep(open);
    if ((await this.#sh(check)) === 0) return false;
    assert.equal(await this.#sh(make), 0);
    assert.equal(await this.#sh(check), 0, await readFile(join(this.folder, "rules"), "utf8"));
    return true;
  }

  /** The ports that are open to IPv4. */
  async open(): Promise<number[]> {
    const rules = await readFile(join(this.folder, "rules"), "utf8");
    return [...rules.matchAll(/^(\d+)\/tcp +ALLOW/gm)].map(([, port]) => Number(port));
  }
}

const OWN = "9000/tcp                   ALLOW       Anywhere\n";

test("a port that the site has no more is closed, and the operator's own stay open", async (t) => {
  const machine = await Machine.make(t, OWN);
  const site = (...ports: number[]) => ({ ssh: [22], sites: new Map([["/srv/shop", ports]]) });
  assert.equal(await machine.take(site(80, 443)), true);
  assert.deepEqual(await machine.open(), [9000, 22, 80, 443]);
  assert.equal(await machine.take(site(80, 443)), false);
  assert.equal(await machine.take(site(8080, 443, 9000)), true);
  assert.deepEqual(await machine.open(), [9000, 22, 443, 8080]);
  assert.equal(await machine.take(site(8080)), true);
  assert.deepEqual(await machine.open(), [9000, 22, 8080], "9000 was open before");
});

test("another site keeps its ports as long as its folder is there", async (t) => {
  const machine = await Machine.make(t, "");
  const there = join(machine.folder, "blog");
  await mkdir(there);
  const site = (folder: string, port: number) => ({
    ssh: [22],
    sites: new Map([[folder, [port]]]),
  });
  await machine.take(site(there, 8080));
  await machine.take(site("/srv/has-gone", 8443));
  await machine.take(site("/srv/shop", 80));
  assert.deepEqual(await machine.open(), [22, 8080, 80]);
  await machine.take(site("/srv/has-gone", 8443));
  await machine.take(site("/srv/shop", 8443));
  assert.deepEqual(await machine.open(), [22, 8080, 8443], "a port that has another owner now");
});

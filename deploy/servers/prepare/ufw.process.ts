import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../../command.ts";
import { temporaryFolder } from "../../testing.ts";
import type { Open } from "./rules.ts";
import { ufwStep } from "./ufw.ts";

/**
 * Plays ufw, with its rules in a file, as `ufw status` of version 0.36 prints them. As there, `allow` replaces a rule
 * of the same port and addresses, whatever its action and its comment.
 */
const UFW = `#!/bin/sh
rules="\${0%/*}/rules"
put() {
  line=$(printf '%-26s ALLOW       %-26s # %s' "$1" "$2" "$3")
  awk -v to="$(printf '%-26s' "$1")" -v line="$line" '
    substr($0, 1, 26) == to && / (ALLOW|LIMIT) +Anywhere/ { print line; found = 1; next }
    { print }
    END { if (!found) print line }' "$rules" > "$rules.new"
  mv "$rules.new" "$rules"
}
case "$1 $2" in
"status ") echo "Status: active"; echo; cat "$rules" ;;
"allow "*) put "$2" Anywhere "$4"; put "$2 (v6)" "Anywhere (v6)" "$4" ;;
"delete allow") grep -vE "^$3 .* ALLOW " "$rules" > "$rules.new"; mv "$rules.new" "$rules" ;;
esac
`;

/** Plays nft, with its table in a file. */
const NFT = `#!/bin/sh
table="\${0%/*}/table"
case "$*" in
"list table inet gatehouse") cat "$table" ;;
"delete table inet gatehouse") rm "$table" ;;
*) exit 1 ;;
esac
`;

/** Plays systemctl, and writes down what it was called for. */
const SYSTEMCTL = '#!/bin/sh\necho "$*" >> "$(dirname "$0")/calls"\n';

class Machine {
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param rules those of the operator's own */
  static async make(t: TestContext, rules: string): Promise<Machine> {
    const machine = new Machine(await temporaryFolder(t));
    for (const [name, text] of Object.entries({ ufw: UFW, nft: NFT, systemctl: SYSTEMCTL })) {
      await writeFile(join(machine.folder, name), text, { mode: 0o755 });
    }
    await writeFile(join(machine.folder, "rules"), rules);
    return machine;
  }

  async #sh(input: string): Promise<number> {
    const env = { PATH: `${this.folder}:${process.env.PATH}` };
    // Its /etc is in its folder.
    const own = input.replaceAll("/etc/", `${this.folder}/etc/`);
    const { code, output } = await run("sh", [], { input: `set -eu\n${own}`, env });
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

  /** Its rules for a port and IPv4, as `ufw status` prints them, without spaces at the ends of columns. */
  async rules(port: number): Promise<string[]> {
    const rules = await readFile(join(this.folder, "rules"), "utf8");
    const lines = rules.split("\n").map((line) => line.replaceAll(/ +/g, " "));
    return lines.filter((line) => new RegExp(`^${port}(/tcp)? [A-Z]`).test(line));
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

test("a port that another site has now is that site's: the first one does not close it", async (t) => {
  const machine = await Machine.make(t, "");
  const folders = ["blog", "shop"].map((name) => join(machine.folder, name));
  const [blog = "", shop = ""] = folders;
  for (const folder of folders) await mkdir(folder);
  const site = (folder: string, port: number) => ({
    ssh: [22],
    sites: new Map([[folder, [port]]]),
  });
  await machine.take(site(blog, 8080));
  assert.equal(await machine.take(site(shop, 8080)), true);
  assert.equal(await machine.take(site(shop, 8080)), false);
  await machine.take(site(blog, 8081));
  assert.deepEqual(await machine.open(), [22, 8080, 8081]);
  await machine.take(site(shop, 8082));
  assert.deepEqual(await machine.open(), [22, 8081, 8082]);
});

test("two sites of one port take the step", async (t) => {
  const machine = await Machine.make(t, "");
  const ports: [string, number[]][] = [
    ["/srv/blog", [80]],
    ["/srv/shop", [80]],
  ];
  assert.equal(await machine.take({ ssh: [22], sites: new Map(ports) }), true);
  assert.deepEqual(await machine.open(), [22, 80]);
});

test("the operator's rule that limits a port, or lets some addresses reach sshd, stays as it is", async (t) => {
  const limits = ["22/tcp LIMIT Anywhere", "443/tcp LIMIT Anywhere # mine"];
  const some = "22 ALLOW 203.0.113.0/24";
  const site = { ssh: [22], sites: new Map([["/srv/shop", [443]]]) };
  const columns = (rule: string): string => {
    const [to = "", action = "", ...from] = rule.split(" ");
    return `${to.padEnd(26)} ${action.padEnd(11)} ${from.join(" ")}\n`;
  };
  const limited = await Machine.make(t, limits.map(columns).join(""));
  assert.equal(await limited.take(site), false);
  assert.deepEqual([...(await limited.rules(22)), ...(await limited.rules(443))], limits);
  const restricted = await Machine.make(t, columns(some));
  assert.equal(await restricted.take(site), true);
  assert.deepEqual(await restricted.rules(22), [some]);
});

test("a port of the site that some addresses reach alone is not open", async (t) => {
  const machine = await Machine.make(t, "80/tcp                     ALLOW       203.0.113.0/24\n");
  await machine.take({ ssh: [22], sites: new Map([["/srv/shop", [80]]]) });
  assert.deepEqual(await machine.rules(80), [
    "80/tcp ALLOW 203.0.113.0/24",
    "80/tcp ALLOW Anywhere # gatehouse /srv/shop",
  ]);
});

test("rules of nft from before ufw ran go: a packet would have to pass both", async (t) => {
  const machine = await Machine.make(t, "");
  const site = { ssh: [22], sites: new Map([["/srv/shop", [80]]]) };
  await machine.take(site);
  const files = ["etc/gatehouse/firewall.nft", "etc/systemd/system/gatehouse-firewall.service"];
  for (const path of [...files, "table"]) {
    await mkdir(join(machine.folder, dirname(path)), { recursive: true });
    await writeFile(join(machine.folder, path), "");
    assert.equal(await machine.take(site), true, path);
    assert.equal(existsSync(join(machine.folder, path)), false);
  }
  assert.match(await readFile(join(machine.folder, "calls"), "utf8"), /disable gatehouse-firewall/);
  assert.equal(await machine.take(site), false);
});

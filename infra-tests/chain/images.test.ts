import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { partsOf } from "../../deploy/sbom/image-parts.ts";
import { root } from "../stack/clone.ts";
import { docker, exec } from "../stack/docker.ts";
import { useStack } from "../stack/shared-stack.ts";

const stack = await useStack();
const OURS = new Set(["web", "app", "jobs", "edge-port"]);
const running = [...(await stack.inspect()).values()].filter(
  ({ State, Config }) =>
    State.Running && OURS.has(Config.Labels["com.docker.compose.service"] ?? ""),
);

assert.ok(running.length >= 3, "edge, holder and application run");

/** Those of these programs that are there. */
const whichOf = (programs: string) => `for each in ${programs}; do command -v $each; done`;

/** Without it root may not read the folders of other users there. */
const EVERY_RIGHT = { User: "0:0", Privileged: true };

/** What a command, which runs as root in each of our containers, says of its image: lines by service. */
async function inEach(script: string): Promise<Record<string, string[]>> {
  const said: Record<string, string[]> = {};
  for (const { Id, Config } of running) {
    const command = ["sh", "-c", `${script}; true`];
    const { code, output } = await exec(docker.getContainer(Id), command, EVERY_RIGHT);
    assert.equal(code, 0, output);
    const lines = output.split("\n").filter(Boolean);
    if (lines.length > 0) said[Config.Labels["com.docker.compose.service"] ?? ""] = lines;
  }
  return said;
}

test("no program in an image of ours gives its user the rights of another one", async () => {
  assert.deepEqual(await inEach("find / -xdev -type f -perm /6000"), {});
});

test("no image of ours has a compiler or git", async () => {
  const shells = Object.values(await inEach(whichOf("sh nothing perl")));
  assert.deepEqual(new Set(shells.map(({ length }) => length)), new Set([2]));
  assert.deepEqual(await inEach(whichOf("cc gcc g++ c++ clang make python3 git")), {});
});

test("no image of ours has what somebody typed", async () => {
  const names = ".bash_history .sh_history .node_repl_history .python_history .psql_history";
  const options = names.split(" ").map((name) => `-name ${name}`);
  assert.deepEqual(await inEach(`find / -xdev \\( ${options.join(" -o ")} \\)`), {});
});

test("no image of ours has a package that its services do not need in production", async () => {
  const installed = await inEach(
    "cd /gatehouse/node_modules 2>/dev/null && ls -d [!.@]* @*/* | grep -v '^@gatehouse/'",
  );
  assert.ok((installed.app?.length ?? 0) > 5, JSON.stringify(installed));
  const needed = productionPackages();
  for (const [service, names] of Object.entries(installed)) {
    const unneeded = names.filter((name) => !needed.has(name));
    assert.deepEqual(unneeded, [], service);
  }
});

test("the list of parts names Node, and each package of Debian and npm that is in the image", async () => {
  const app = running.find(({ Config }) => Config.Labels["com.docker.compose.service"] === "app");
  assert.ok(app);
  const { parts } = await partsOf(app.Image);
  const ofKind = (kind: string) =>
    new Set(parts.filter((each) => each.kind === kind).map(({ name }) => name));
  const said = async (script: string) => (await inEach(script)).app ?? [];
  assert.deepEqual(await said("node --print process.versions.node"), [
    parts.find(({ kind }) => kind === "node")?.version,
  ]);
  const debian = await said("sed -n 's/^Package: //p' /var/lib/dpkg/status");
  assert.deepEqual(ofKind("deb"), new Set(debian));
  const npm = await said(
    "cd /gatehouse/node_modules && ls -d [!.@]* @*/* | grep -v '^@gatehouse/'",
  );
  assert.deepEqual(new Set(npm).difference(ofKind("npm")), new Set());
});

/** What the dependencies of the services lead to, by the lock file. */
function productionPackages(): Set<string> {
  const { packages } = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8"));
  const ofName = Map.groupBy(Object.keys(packages), (path) => path.split("node_modules/").at(-1));
  const found = new Set<string>();
  const visit = (path: string): void => {
    const { dependencies, optionalDependencies, peerDependencies } = packages[path];
    for (const name of Object.keys({
      ...dependencies,
      ...optionalDependencies,
      ...peerDependencies,
    })) {
      if (found.has(name)) continue;
      found.add(name);
      for (const each of ofName.get(name) ?? []) visit(each);
    }
  };
  for (const path of Object.keys(packages).filter((each) =>
    /^(packages|services)\/[^/]+$/.test(each),
  )) {
    visit(path);
  }
  return found;
}

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { promisify } from "node:util";
import { parseDocument } from "yaml";
import { root } from "../stack/clone.ts";
import { prometheusImage } from "./image.ts";

const execute = promisify(execFile);
const SOURCE = join(root, "deploy/observe/prometheus");
const image = prometheusImage();

const folder = await mkdtemp(join(tmpdir(), "gatehouse-rules-"));
after(() => rm(folder, { recursive: true }));

/** Runs a shell script in a container that has promtool, and these folders as /rules and /copies. */
async function shell(script: string): Promise<string> {
  const { stdout } = await execute("docker", [
    ...[
      "run",
      "--rm",
      "--network",
      "none",
      "--read-only",
      "--entrypoint",
      "sh",
      "--user",
      "65534:65534",
    ],
    ...["--tmpfs", "/tmp", "--volume", `${SOURCE}:/rules:ro`, "--volume", `${folder}:/copies:ro`],
    ...[image, "-c", `{ ${script}; } 2>&1; true`],
  ]);
  return stdout;
}

/** The words that make an alert fire always, or never. */
const CHANGES = { always: "vector(1)", never: "vector(1) > 2" } as const;

interface Alert {
  readonly file: string;
  readonly name: string;
}

async function alerts(): Promise<Alert[]> {
  const found: Alert[] = [];
  for (const file of await readdir(join(SOURCE, "rules"))) {
    const text = await readFile(join(SOURCE, "rules", file), "utf8");
    for (const [, name = ""] of text.matchAll(/^ *- alert: (\w+)$/gm)) found.push({ file, name });
  }
  return found;
}

/** Writes a copy of rules and tests in which one alert has another expression. @returns its name */
async function changedCopy({ file, name }: Alert, change: keyof typeof CHANGES): Promise<string> {
  const copy = `${name}-${change}`;
  await cp(SOURCE, join(folder, copy), { recursive: true });
  const path = join(folder, copy, "rules", file);
  const document = parseDocument(await readFile(path, "utf8"));
  const { groups } = document.toJS();
  for (const [group, { rules }] of groups.entries()) {
    const index = rules.findIndex(({ alert }: { alert?: string }) => alert === name);
    if (index >= 0) document.setIn(["groups", group, "rules", index, "expr"], CHANGES[change]);
  }
  await writeFile(path, document.toString());
  return copy;
}

test("promtool accepts the configuration and the rules", async () => {
  const start = "EDGES=2 REPLICAS=2 sh /rules/start.sh --version";
  const check = "promtool check config /rules/prometheus.yaml";
  const output = await shell(`${start}; ${check}; cat /tmp/edges.yaml`);
  assert.doesNotMatch(output, /FAILED/, output);
  assert.match(output, /SUCCESS: .*prometheus\.yaml is valid/, output);
  const ports = [...output.matchAll(/names: \[edge-port\], type: A, port: (\d+)/g)];
  assert.deepEqual(
    ports.map(([, port]) => port),
    ["9100", "9101"],
  );
  assert.match(output, /Checking \/tmp\/expected\.yaml\n +SUCCESS: 2 rules found/, output);
});

test("every alert fires at its fault, and not in its control", async () => {
  const output = await shell("promtool test rules /rules/tests/*.yaml");
  assert.doesNotMatch(output, /FAILED|error/i, output);
  assert.equal(output.match(/SUCCESS/g)?.length, (await readdir(join(SOURCE, "tests"))).length);
});

test("an alert that never fires, and one that always does, are noticed", async () => {
  const copies: string[] = [];
  for (const alert of await alerts()) {
    copies.push(await changedCopy(alert, "always"), await changedCopy(alert, "never"));
  }
  assert.ok(copies.length > 20);
  await execute("chmod", ["-R", "a+rX", folder]);
  const output = await shell(
    `for copy in ${copies.join(" ")}; do
      promtool test rules --run "\${copy%-*}" /copies/$copy/tests/*.yaml > /dev/null 2>&1 &&
      echo "unnoticed: $copy"
    done; echo end`,
  );
  assert.equal(output, "end\n");
});

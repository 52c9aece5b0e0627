import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Checkout } from "../examples/checkout.ts";
import { newProjectName, removeProject } from "../stack/projects.ts";

/** cpu-features has no prebuilt part: its install script compiles one, by node-gyp. */
const APPLICATION = {
  name: "@gatehouse/app",
  version: "0.1.0",
  private: true,
  type: "module",
  dependencies: { "cpu-features": "0.0.10" },
  trustedDependencies: ["cpu-features"],
  buildPackages: ["g++", "make", "python3"],
};

const project = newProjectName();
const image = `${project}/app:local`;
let checkout: Checkout;

before(async () => {
  checkout = await Checkout.make(async (application) => {
    await writeFile(join(application, "package.json"), JSON.stringify(APPLICATION));
    await writeFile(
      join(application, "main.js"),
      'import features from "cpu-features";\nexport default { fetch: () => Response.json(features()) };\n',
    );
  });
  await checkout.lock();
  await checkout.build(image, "services/app/main.js");
});
after(async () => {
  await removeProject(project);
  await checkout[Symbol.asyncDispose]();
});

async function run(...command: string[]): Promise<string> {
  const args = ["run", "--rm", "--read-only", "--network", "none", image, ...command];
  return (await promisify(execFile)("docker", args)).stdout.trim();
}

test("a native module without a prebuilt part is compiled by the build, and runs", async () => {
  assert.match(await run("node", "--print", 'require("cpu-features")().arch'), /^(x86|aarch64)$/);
});

test("the compiler is not in the image that runs", async () => {
  assert.equal(await run("sh", "-c", "command -v g++ make python3 || echo none"), "none");
});

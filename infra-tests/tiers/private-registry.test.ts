import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Checkout } from "../examples/checkout.ts";
import { newProjectName, removeProject } from "../stack/projects.ts";
import { PACKAGE, PrivateRegistry } from "./private-registry.ts";

const run = promisify(execFile);
const project = newProjectName();
const image = `${project}/app:local`;
const token = randomBytes(16).toString("hex");
const MODULE = "services/app/main.js";
let registry: PrivateRegistry;
let checkout: Checkout;
let npmrc: string;

before(async () => {
  registry = await PrivateRegistry.start(token);
  checkout = await Checkout.make(async (application) => {
    const manifest = { name: "@gatehouse/app", version: "0.1.0", private: true, type: "module" };
    const dependencies = { [PACKAGE.name]: PACKAGE.version };
    const text = JSON.stringify({ ...manifest, dependencies });
    await writeFile(join(application, "package.json"), text);
    await writeFile(
      join(application, "main.js"),
      `import euros from "${PACKAGE.name}";
       export default { fetch: () => new Response(euros(1999)) };`,
    );
  });
  npmrc = join(checkout.folder, ".npmrc");
  await writeFile(npmrc, registry.npmrc);
  await checkout.lock();
});
after(async () => {
  await removeProject(project);
  await checkout[Symbol.asyncDispose]();
  await registry[Symbol.asyncDispose]();
});

/** Builds with a file as npm's configuration. @returns the output */
const build = (file: string) => checkout.build(image, MODULE, "--secret", `id=npmrc,src=${file}`);

test("with a wrong token the registry has nothing for a build", async () => {
  const wrong = join(checkout.folder, "wrong.npmrc");
  await writeFile(wrong, registry.npmrc.replace(token, "wrong"));
  await assert.rejects(build(wrong), /code E401/);
});

test("with npm's configuration as a secret of the build, its packages are in the image", async () => {
  const output = await build(npmrc);
  assert.doesNotMatch(output, new RegExp(token));
  const program = `console.log(require("${PACKAGE.name}")(1999))`;
  const { stdout } = await run("docker", ["run", "--rm", image, "node", "--eval", program]);
  assert.equal(stdout.trim(), "19.99");
});

test("the token is in no layer of the image, and not in its history", async () => {
  const { stdout } = await run("docker", ["history", "--no-trunc", image]);
  assert.match(stdout, /npmrc|COPY/);
  assert.doesNotMatch(stdout, new RegExp(token));
  assert.equal(await isInImage("euros(1999)"), true, "what is in a layer would be found");
  assert.equal(await isInImage(token), false);
});

/** Whether a text is in a file of any layer, or in what the image says of itself. */
async function isInImage(text: string): Promise<boolean> {
  const save = spawn("docker", ["save", image], { stdio: ["ignore", "pipe", "inherit"] });
  let rest: Buffer = Buffer.alloc(0);
  let found = false;
  for await (const chunk of save.stdout) {
    const piece = Buffer.concat([rest, chunk]);
    found ||= piece.includes(text);
    rest = piece.subarray(-text.length);
  }
  return found;
}

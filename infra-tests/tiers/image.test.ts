import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { root } from "../stack/clone.ts";
import { newProjectName } from "../stack/projects.ts";
import { imageOf } from "../stack/tool.ts";

/** Its entry throws where its variable is missing, as many do, and its build makes the module that is loaded. */
const APPLICATION: Readonly<Record<string, string>> = {
  "package.json": JSON.stringify({
    name: "@gatehouse/app",
    version: "0.1.0",
    private: true,
    type: "module",
    scripts: {
      build: "esbuild main.ts --bundle --platform=node --format=esm --external:sharp --outdir=dist",
    },
    dependencies: { esbuild: "0.25.12", sharp: "0.34.5" },
    trustedDependencies: ["esbuild"],
  }),
  "main.ts": `
    import sharp from "sharp";
    const token: string | undefined = process.env.API_TOKEN;
    if (token === undefined) throw new Error("API_TOKEN is missing");
    await fetch("http://database.invalid/").catch((error) => { throw error; });
    export default { fetch: () => new Response(sharp.versions.vips) };
  `,
};

const image = `${newProjectName()}/app:local`;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "gatehouse-image-"));
  const context = ["Dockerfile.app", ".dockerignore", "package.json", "package-lock.json"];
  const manifests = ["deploy", "examples", "infra-tests"].map((each) => `${each}/package.json`);
  for (const path of [...context, ...manifests, "packages", "services", "nginx"]) {
    await cp(join(root, path), join(folder, path), { recursive: true });
  }
  await rm(join(folder, "services/app"), { recursive: true });
  await mkdir(join(folder, "services/app"));
  for (const [name, text] of Object.entries(APPLICATION)) {
    await writeFile(join(folder, "services/app", name), text);
  }
  const lock = ["install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--silent"];
  execFileSync("npm", lock, { cwd: folder, stdio: "pipe" });
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  execFileSync("docker", ["image", "rm", "--force", image], { stdio: "pipe" });
});

/** Runs a program in the image as Compose does: its user, a root that cannot be written. */
function run(command: readonly string[], environment: readonly string[] = []): string {
  const variables = environment.flatMap((each) => ["--env", each]);
  const args = ["run", "--rm", "--read-only", "--network", "none", ...variables, image];
  return execFileSync("docker", [...args, ...command], { encoding: "utf8", stdio: "pipe" });
}

test("an application that cannot start without its variables and its database is built", () => {
  const build = ["build", "--file", "Dockerfile.app", "--target", "app", "--tag", image];
  const args = ["NODE_IMAGE=".concat(imageOf("NODE_IMAGE")), "APP=services/app/dist/main.js"];
  execFileSync("docker", [...build, ...args.flatMap((each) => ["--build-arg", each]), "."], {
    cwd: folder,
    stdio: "pipe",
  });
  assert.match(run(["cat", "services/app/dist/main.js"]), /API_TOKEN is missing/);
});

test("its packages have their native parts", () => {
  const resize =
    'const sharp = require("sharp"); sharp({ create: { width: 9, height: 9, channels: 3, background: "red" } })' +
    ".png().toBuffer().then((png) => console.log(png.subarray(1, 4).toString()))";
  assert.equal(run(["node", "--eval", resize]).trim(), "PNG");
});

test("the install script of a package that the application trusts has run", () => {
  // The script of esbuild replaces its launcher, a JavaScript file, by the program itself.
  const head = run(["head", "-c", "4", "node_modules/esbuild/bin/esbuild"]);
  assert.equal(head, "\u007fELF");
});

test("it was compiled by the build, for the user that runs it", () => {
  const entry = "/gatehouse/services/app/dist/main.js";
  const load = `import("${entry}").catch(() => {})`;
  const log = run(["sh", "-c", `node --eval '${load}' 2>&1`], ["NODE_DEBUG_NATIVE=COMPILE_CACHE"]);
  assert.match(log, /dist\/main\.js was accepted/);
});

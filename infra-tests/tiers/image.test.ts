import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Checkout } from "../examples/checkout.ts";
import { newProjectName, removeProject } from "../stack/projects.ts";

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
    dependencies: {
      ...{ bcrypt: "6.0.0", "better-sqlite3": "13.2.0" },
      ...{ esbuild: "0.25.12", sharp: "0.34.5" },
    },
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

const project = newProjectName();
const image = `${project}/app:local`;
let checkout: Checkout;

before(async () => {
  checkout = await Checkout.make(async (application) => {
    for (const [name, text] of Object.entries(APPLICATION)) {
      await writeFile(join(application, name), text);
    }
  });
  await checkout.lock();
});
after(async () => {
  await removeProject(project);
  await checkout[Symbol.asyncDispose]();
});

/** Runs a program in the image as Compose does: its user, a root that cannot be written. */
async function run(
  command: readonly string[],
  environment: readonly string[] = [],
): Promise<string> {
  const variables = environment.flatMap((each) => ["--env", each]);
  const args = ["run", "--rm", "--read-only", "--network", "none", ...variables, image];
  return (await promisify(execFile)("docker", [...args, ...command])).stdout;
}

test("an application that cannot start without its variables and its database is built", async () => {
  await checkout.build(image, "services/app/dist/main.js");
  assert.match(await run(["cat", "services/app/dist/main.js"]), /API_TOKEN is missing/);
});

const NATIVE = {
  sharp: [
    'require("sharp")({ create: { width: 9, height: 9, channels: 3, background: "red" } })' +
      ".png().toBuffer().then((png) => console.log(png.subarray(1, 4).toString()))",
    "PNG",
  ],
  bcrypt: [
    'const b = require("bcrypt"); console.log(b.compareSync("a", b.hashSync("a", 4)))',
    "true",
  ],
  "better-sqlite3": [
    'console.log(new (require("better-sqlite3"))(":memory:").prepare("select 6 * 7").pluck().get())',
    "42",
  ],
} as const;

for (const [name, [program, output]] of Object.entries(NATIVE)) {
  test(`${name} has its native part, which runs`, async () => {
    assert.equal((await run(["node", "--eval", program])).trim(), output);
  });
}

test("the install script of a package that the application trusts has run", async () => {
  // The script of esbuild replaces its launcher, a JavaScript file, by the program itself.
  const head = await run(["head", "-c", "4", "node_modules/esbuild/bin/esbuild"]);
  assert.equal(head, "\u007fELF");
});

test("it was compiled by the build, for the user that runs it", async () => {
  const entry = "/gatehouse/services/app/dist/main.js";
  const load = `import("${entry}").catch(() => {})`;
  const log = await run(
    ["sh", "-c", `node --eval '${load}' 2>&1`],
    ["NODE_DEBUG_NATIVE=COMPILE_CACHE"],
  );
  assert.match(log, /dist\/main\.js was accepted/);
});

test("a changed line of the application builds the application again, and nothing before it", async () => {
  const changed = APPLICATION["main.ts"]?.replace("is missing", `is not there: ${project}`);
  await writeFile(join(checkout.folder, "services/app/main.ts"), changed ?? "");
  const output = await checkout.build(image, "services/app/dist/main.js");
  const steps = [...output.matchAll(/^#(\d+) \[(\S+) +\d+\/\d+\] (COPY|RUN.*)/gm)];
  const built = steps.filter(([, step]) => !output.includes(`\n#${step} CACHED`));
  const named = built.map(([, , stage, command = ""]) => `${stage}: ${command.split(" ")[0]}`);
  assert.deepEqual([...new Set(named)].sort(), [
    ...["app: RUN", "build: COPY", "build: RUN", "site: COPY"],
  ]);
  assert.doesNotMatch(built.join("\n"), /npm ci/);
});

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { APPLICATIONS } from "../../deploy/project/adopted/testing.ts";
import { call, header, tiers } from "../stack/http.ts";
import { git, OwnProject } from "./own-project.ts";

const PAGE = ["web", "queue", "gateway", "app"];

/** What each application shows, and a file of it with words that a deploy changes. */
const SHOWN: Readonly<
  Record<keyof typeof APPLICATIONS, readonly [words: RegExp, file: string, assets?: RegExp]>
> = {
  "Express 4 in JavaScript": [/<h1>Old shop<\/h1>/, "views/index.html"],
  "Fastify in TypeScript": [/<h1>Hello from Fastify<\/h1>/, "src/server.ts"],
  "Fastify by tsx": [/<h1>Hello from tsx<\/h1>/, "src/server.ts"],
  Nest: [/<h1>Hello from Nest<\/h1>/, "src/app.module.ts"],
  Next: [/<h1>Hello from Next<\/h1>/, "app/page.jsx", /"(\/_next\/static\/[^"]+)"/],
  "React Router": [
    /<h1>Hello from React Router<\/h1>/,
    "app/routes/home.jsx",
    /"(\/assets\/[^"]+)"/,
  ],
};

for (const [name, files] of Object.entries(APPLICATIONS)) {
  test(`${name}, adopted`, async (t) => {
    const [words, file, assets] = SHOWN[name as keyof typeof APPLICATIONS];
    await using project = await OwnProject.adopt(files);
    const application = dirname(project.root);

    await t.test("nothing outside of gatehouse/ was written", async () => {
      assert.equal(await git(application, "status", "--porcelain"), "?? gatehouse/\n");
      await git(application, "add", "--all");
      await git(application, "commit", "--quiet", "--message", "adopted");
    });

    await t.test("make doctor finds nothing wrong before the first start", async () => {
      const { code, stdout } = await project.make("doctor");
      assert.equal(code, 0, stdout);
    });

    await t.test("starts with make up, and serves its page through the whole chain", async () => {
      const { code, output } = await project.make("up");
      assert.equal(code, 0, output.split("\n").slice(-80).join("\n"));
      const page = await call(`${project.origin}/`);
      assert.equal(page.status, 200, page.text);
      assert.match(page.text, words);
      assert.deepEqual(tiers(page), PAGE);
    });

    if (assets !== undefined) {
      await t.test("has its hashed files sent by the web server alone", async () => {
        const [, path = ""] = assets.exec((await call(`${project.origin}/`)).text) ?? [];
        const asset = await call(`${project.origin}${path}`);
        assert.equal(asset.status, 200, path);
        assert.match(header(asset, "cache-control"), /immutable/);
        assert.deepEqual(tiers(asset), ["web"]);
      });
    }

    if (name === "React Router") {
      await t.test("serves the other files of its public folder itself", async () => {
        assert.match((await call(`${project.origin}/robots.txt`)).text, /User-agent/);
      });
    }

    if (name === "Express 4 in JavaScript") {
      await t.test(
        "reads its own files, and writes the database that its own script has migrated",
        async () => {
          assert.match((await call(`${project.origin}/robots.txt`)).text, /User-agent/);
          assert.deepEqual(JSON.parse((await call(`${project.origin}/visits`)).text), {
            visits: 1,
          });
        },
      );

      await t.test("has no .env in the image, and gets its variables from app.env", async () => {
        const before = JSON.parse((await call(`${project.origin}/secret`)).text);
        assert.equal(before.secret, null);
        assert.ok(before.files.includes("app.js") && !before.files.includes(".env"), before.files);
        await writeFile(join(project.root, "app.env"), "SECRET=of the application\n");
      });
    }

    await t.test("deploys a changed page", async () => {
      const path = join(application, file);
      const text = await readFile(path, "utf8");
      await writeFile(path, text.replace(/Hello from|Old shop/, "$& again"));
      const { code, output } = await project.make("deploy");
      assert.equal(code, 0, output.split("\n").slice(-80).join("\n"));
      assert.match((await call(`${project.origin}/`)).text, / again/);
      if (name === "Express 4 in JavaScript") {
        const { secret } = JSON.parse((await call(`${project.origin}/secret`)).text);
        assert.equal(secret, "of the application");
      }
    });

    await t.test(
      "make doctor finds nothing wrong, and knows what differs from the template",
      async () => {
        await writeFile(join(project.root, "site.ts"), "// mine\n", { flag: "a" });
        const { code, stdout } = await project.make("doctor");
        assert.equal(code, 0, stdout);
        assert.match(stdout, /^ok +template +from the template, .* differ: site\.ts \(\+1 -0\)$/m);
      },
    );
  });
}

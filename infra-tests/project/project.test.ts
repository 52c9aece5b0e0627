import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { run } from "../../deploy/command.ts";
import { layout } from "../../deploy/layout.ts";
import { starters } from "../../deploy/project/starter.ts";
import { docker } from "../stack/docker.ts";
import { call, tiers } from "../stack/http.ts";
import { Stack } from "../stack/stack.ts";
import { OwnProject } from "./own-project.ts";
import { visit } from "./visitor.ts";

const NAME = "corner-shop";

/** The tests of a starter, in order, as in the first hour of a project. */
for (const app of starters(layout.templates)) {
  test(`a new ${app} project`, async (t) => {
    await using project = await OwnProject.make(NAME, app);

    await t.test("is committed, and has at most 45 files beside vendor/", async () => {
      const git = (...args: string[]) => run("git", args, { cwd: project.root });
      assert.equal((await git("status", "--porcelain")).stdout, "");
      const files = (await git("ls-files")).stdout.trim().split("\n");
      const own = files.filter((path) => !path.startsWith("vendor/"));
      assert.ok(own.length <= 45, `${own.length} files`);
    });

    await t.test("starts with make up, and serves its page through the whole chain", async () => {
      const { code, output } = await project.make("up");
      assert.equal(code, 0, output);
      const page = await call(`${project.origin}/`);
      assert.equal(page.status, 200);
      assert.match(page.text, new RegExp(`<title>${NAME}</title>`));
      assert.deepEqual(tiers(page), ["web", "queue", "gateway", "app"]);
    });

    await t.test(
      "has its own name in containers, images, networks and the certificate",
      async () => {
        const { COMPOSE_PROJECT_NAME: name = "" } = await project.environment();
        assert.match(name, new RegExp(`^${NAME}-[0-9a-f]{8}$`));
        const containers = await new Stack(name).containers();
        assert.ok(containers.length >= 7);
        for (const { Image, Labels } of containers) {
          const ours = Labels["com.docker.compose.service"] !== "db";
          if (ours) assert.ok(Image.startsWith(`${name}/`), Image);
        }
        const networks = await docker.listNetworks({ filters: { name: [name] } });
        assert.ok(networks.length >= 3);
        const authority = await readFile(join(project.root, "secrets/ca.crt"), "utf8");
        assert.match(new X509Certificate(authority).subject, new RegExp(name));
      },
    );

    await t.test("deploys a changed page without losing a request", async () => {
      const path = app === "next" ? "app/app/entry-form.tsx" : "app/page.ts";
      const file = join(project.root, path);
      await writeFile(file, (await readFile(file, "utf8")).replace("Your entry", "Your words"));
      const ended = new AbortController();
      const visitor = visit(project.origin, ended.signal);
      const { code, output } = await project.make("deploy");
      ended.abort();
      const { sent, failed } = await visitor;
      assert.equal(code, 0, output);
      assert.deepEqual(failed, []);
      assert.ok(sent > 20, `${sent} requests`);
      assert.match((await call(`${project.origin}/`)).text, /Your words/);
      await run("git", ["checkout", "--quiet", "app"], { cwd: project.root });
    });

    await t.test("passes its own tests: types, unit, chain, browser, load", async () => {
      const { code, output } = await project.make("test");
      assert.equal(code, 0, output.split("\n").slice(-80).join("\n"));
      for (const stage of ["the application's stories", "in a browser", "k6"]) {
        assert.match(output, new RegExp(`^passed +[\\d.]+ s .*${stage}`, "m"));
      }
      // What compilers and tests write is not to be committed.
      const { stdout } = await run("git", ["status", "--porcelain"], { cwd: project.root });
      assert.equal(stdout, "");
    });

    await t.test("passes its browser tests and its load test alone too", async () => {
      for (const suite of ["e2e", "load"]) {
        const { code, output } = await project.make(suite);
        assert.equal(code, 0, output.split("\n").slice(-80).join("\n"));
      }
    });

    await t.test("is told by make doctor which of its files differ from the template", async () => {
      await writeFile(join(project.root, "site.ts"), "// mine\n", { flag: "a" });
      const { code, stdout } = await project.make("doctor");
      assert.equal(code, 0, stdout);
      assert.match(stdout, /^ok +template +from the template, .* differ: site\.ts \(\+1 -0\)$/m);
    });
  });
}

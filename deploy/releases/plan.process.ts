import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { run } from "../command.ts";
import type { Container } from "../stack/containers.ts";
import { ComposeProject } from "../stack/testing.ts";
import { planOf } from "./plan.ts";

const names = (containers: readonly Container[]): string[] =>
  containers.map(({ name }) => name).sort();

/** A project whose database has an image of its own, beside an application that needs it. */
async function withDatabase(t: TestContext) {
  const project = await ComposeProject.make(t);
  const image = `${project.name}/db:1`;
  await run("docker", ["tag", project.image, image]);
  t.after(() => run("docker", ["rmi", "--no-prune", image]));
  const services = {
    db: project.idle({ image }),
    app: project.idle({ depends_on: ["db"], env_file: "app.env" }),
    cache: project.idle({ depends_on: ["app"] }),
  };
  await writeFile(join(project.stack.clone.root, "app.env"), "WORD=old $$HOME\n");
  await project.write(services);
  await project.up();
  /** Gives the name of the database's image to another image, as a pull or a build does. */
  const renew = async (): Promise<void> => {
    const [id = ""] = Object.values(await project.ids());
    const made = await run("docker", ["commit", "--change", "LABEL made=anew", id, image]);
    assert.equal(made.code, 0, made.output);
    t.after(() => run("docker", ["rmi", "--force", made.stdout.trim()]));
  };
  return { project, services, renew };
}

test("a running database keeps its image when that was made anew, and all that needs it stays too", async (t) => {
  const { project, renew } = await withDatabase(t);
  assert.equal((await planOf(project.stack)).keepsImage, false);
  await renew();
  const plan = await planOf(project.stack);
  assert.deepEqual(names(plan.same), ["app-1", "cache-1", "db-1"]);
  assert.deepEqual([plan.changed, plan.stopped, plan.leaving], [[], [], []]);
  assert.equal(plan.keepsImage, true);
});

test("what else has changed beside such a database is replaced, and the database is if its settings have", async (t) => {
  const { project, services, renew } = await withDatabase(t);
  await renew();
  await project.write({ ...services, app: { ...services.app, environment: { WORD: "new" } } });
  const plan = await planOf(project.stack);
  assert.deepEqual(names(plan.same), ["cache-1", "db-1"]);
  assert.deepEqual(names(plan.changed), ["app-1"]);
  await project.write({ ...services, db: { ...services.db, environment: { WORD: "new" } } });
  const changed = await planOf(project.stack);
  assert.ok(names(changed.changed).includes("db-1"));
  assert.equal(changed.keepsImage, false);
});

test("an accessory whose image is missing is new, and keeps the plan of nothing", async (t) => {
  const { project, services } = await withDatabase(t);
  await project.write({ ...services, queue: { image: `${project.name}/none:1` } });
  assert.deepEqual(names((await planOf(project.stack)).same), ["app-1", "cache-1", "db-1"]);
});

test("what was stopped stays so if no file names it, or its profile is off", async (t) => {
  const project = await ComposeProject.make(t);
  const tool = project.idle({ profiles: ["tools"], restart: "unless-stopped" });
  await project.write({ app: project.idle(), tool, gone: project.idle() });
  await project.up("app", "gone");
  await project.up("tool");
  const { "tool-1": id = "", "gone-1": orphan = "" } = await project.ids();
  await run("docker", ["stop", "--time", "0", id, orphan]);
  await project.write({ app: project.idle(), tool });
  const { same, stopped } = await planOf(project.stack);
  assert.deepEqual([names(same), names(stopped)], [["app-1"], []]);
});

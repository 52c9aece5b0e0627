import assert from "node:assert/strict";
import { test } from "node:test";
import { Interruption } from "../interruption.ts";
import { ComposeProject } from "../stack/testing.ts";
import { Stages } from "../stages.ts";
import { EdgeCounts } from "./edge-counts.ts";
import { Rollout } from "./rollout.ts";

/**
 * Rolls out a project with an edge and accessories, but no replicas.
 * @param commit what happens once its release is the new one
 */
async function rollOut(project: ComposeProject, commit = (_: Interruption): void => {}) {
  const { clone, settings } = project.stack;
  const stack = { clone, settings: { ...settings, replicas: 0, edges: 0 } };
  let said = "";
  const stages = new Stages(undefined, (text) => {
    said += text;
  });
  using counts = new EdgeCounts();
  using interruption = new Interruption();
  const rollout = new Rollout(stack, stages, counts, {
    ...{ running: stack, host: "localhost", back: true, interruption },
    commit: async () => commit(interruption),
  });
  await rollout.run();
  return { said, changed: [...rollout.changed].sort() };
}

test("an accessory that cannot be started, or crashes, is a warning and no change", async (t) => {
  const project = await ComposeProject.make(t);
  await project.write({
    "edge-port": project.idle(),
    mail: project.idle(),
    missing: { image: `${project.name}/none:1` },
    crashing: project.idle({ entrypoint: ["false"], restart: "unless-stopped" }),
  });
  await project.up("edge-port");
  const first = await rollOut(project);
  assert.deepEqual(first.changed, ["crashing", "mail"]);
  assert.match(first.said, /(mail, crashing|crashing, mail) started; missing cannot be started: ./);
  const second = await rollOut(project);
  assert.deepEqual(second.changed, []);
  assert.match(second.said, /^\[1\] added services\n {6}missing cannot be started: .*\n$/);
});

test("Ctrl-C while accessories are replaced replaces no other one", async (t) => {
  const project = await ComposeProject.make(t);
  const services = { "edge-port": project.idle(), mail: project.idle(), queue: project.idle() };
  await project.write(services);
  await project.up();
  const before = await project.ids();
  const environment = { WORD: "new" };
  await project.write({
    ...services,
    mail: { ...services.mail, environment },
    queue: { ...services.queue, environment },
  });
  const interrupt = (interruption: Interruption): void => {
    interruption.received = { reason: "stopped by SIGINT", exitCode: 130 };
  };
  await assert.rejects(rollOut(project, interrupt), /stopped by SIGINT: the new release serves/);
  assert.deepEqual(await project.ids(), before);
});

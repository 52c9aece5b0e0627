import assert from "node:assert/strict";
import { test } from "node:test";
import { complaintsOf, startOthers } from "./accessories.ts";
import { startOrUndo } from "./start.ts";
import { ComposeProject } from "./testing.ts";

const CHECK = { interval: "1s", start_interval: "200ms", start_period: "1s", retries: 1 };

test("a broken accessory keeps neither the others nor the start of the site", async (t) => {
  const project = await ComposeProject.make(t);
  await project.write({
    app: project.idle({ healthcheck: { test: "true", ...CHECK } }),
    missing: { image: `${project.name}/none:1` },
    crashing: project.idle({ entrypoint: ["false"], restart: "unless-stopped" }),
    sick: project.idle({ healthcheck: { test: "false", ...CHECK } }),
    mail: project.idle({ healthcheck: { test: "true", ...CHECK } }),
    once: project.idle({ entrypoint: ["true"], restart: "no" }),
  });
  const warnings = await startOrUndo(project.stack, () => {});
  const [missing, ...others] = warnings.map((each) =>
    each.replace(/: docker compose logs .*/, "").replace(/: \d+\)/, ")"),
  );
  assert.match(missing ?? "", /^missing cannot be started: ./);
  assert.deepEqual(others.sort(), [
    "crashing-1 does not run well (restarts)",
    "sick-1 does not run well (unhealthy)",
  ]);
  const running = Object.keys(await project.ids()).sort();
  assert.deepEqual(running, ["app-1", "crashing-1", "mail-1", "once-1", "sick-1"]);
});

test("what the site needs stops the start, and the accessories are ended with it", async (t) => {
  const project = await ComposeProject.make(t);
  await project.write({
    app: project.idle({ entrypoint: ["false"] }),
    mail: project.idle(),
  });
  await assert.rejects(
    startOrUndo(project.stack, () => {}),
    /app-1 did not become healthy/,
  );
  assert.deepEqual(await project.ids(), {});
});

test("an accessory that no file names any more is named with the command that removes it alone", async (t) => {
  const project = await ComposeProject.make(t);
  const services = {
    "edge-port": project.idle(),
    mail: project.idle(),
    tool: project.idle({ profiles: ["tools"] }),
  };
  await project.write({ ...services, queue: project.idle({ entrypoint: ["true"] }) });
  await project.up();
  await project.up("tool");
  const before = await project.ids();
  await project.write(services);
  const [warning = "", ...others] = await complaintsOf(project.stack);
  assert.deepEqual(others, []);
  const [, name, command = ""] =
    /services of (\S+), which are left: (docker compose [\w -]+) removes them/.exec(warning) ?? [];
  assert.equal(name, "queue-1");
  const { "queue-1": _, ...left } = before;
  await project.up(...command.split(" ").slice(4));
  assert.deepEqual(await project.ids(), left);
  assert.deepEqual(await complaintsOf(project.stack), []);
});

test("a changed accessory is replaced, and a warning says which is not", async (t) => {
  const project = await ComposeProject.make(t);
  const services = { mail: project.idle(), queue: project.idle() };
  await project.write(services);
  await project.up();
  const { "mail-1": mail, "queue-1": queue } = await project.ids();
  const environment = { WORD: "new" };
  await project.write({
    mail: { ...services.mail, environment },
    queue: { ...services.queue, environment, image: `${project.name}/none:1` },
  });
  const { started, warnings } = await startOthers(project.stack, ["queue", "mail"], () => {});
  assert.deepEqual(started, ["mail"]);
  assert.match(warnings.join("\n"), /^queue cannot be started: .+$/);
  const now = await project.ids();
  assert.equal(now["queue-1"], queue);
  assert.notEqual(now["mail-1"], mail);
});

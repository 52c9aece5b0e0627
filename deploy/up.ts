import { requireChecks } from "./checks/check.ts";
import { START_CHECKS } from "./checks/table.ts";
import { openClone } from "./clone.ts";
import { type DeploySettings, readEnvironment, valuesOf } from "./env/environment.ts";
import { ensureImages, stackImages } from "./images.ts";
import { PREPARE_STAGES, prepare } from "./prepare.ts";
import { runCommand } from "./problem.ts";
import { build } from "./stack/compose.ts";
import { startOrUndo } from "./stack/start.ts";
import { Stages } from "./stages.ts";

await runCommand(async () => {
  const clone = openClone();
  const stages = new Stages(PREPARE_STAGES + 4);
  await prepare(clone, stages);
  const environment = await readEnvironment(clone);
  const stack = { clone, settings: valuesOf(environment) };
  await stages.run("checks", async () => {
    await requireChecks({ clone, environment }, START_CHECKS);
    return "ports, disk, images and secrets are fine";
  });
  await stages.run("base images", (say) =>
    ensureImages(stack.settings, stackImages(stack.settings), say),
  );
  await stages.run("build", async () => {
    await build(stack);
    return "the images are built";
  });
  await stages.run("start", async (say) => {
    await startOrUndo(stack, say);
    return "every service is healthy";
  });
  process.stdout.write(announce(stack.settings, stages.elapsed()));
});

/** The last lines of `make up`. */
function announce({ bind, httpPort, httpsPort }: DeploySettings, elapsed: string): string {
  const host = bind === "0.0.0.0" ? "127.0.0.1" : bind;
  return `
Gatehouse is up (${elapsed}).

  http://${host}:${httpPort}/
  https://${host}:${httpsPort}/

  To trust the certificate, add secrets/ca.crt to the authorities of your browser or system, or use:
  curl --cacert secrets/ca.crt https://${host}:${httpsPort}/

  make logs follows the logs, make ps shows the services, make down stops them.
`;
}

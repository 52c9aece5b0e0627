import { requirePublished } from "./checks/published.ts";
import type { DeploySettings } from "./env/environment.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { deployTree } from "./releases/deploy-command.ts";
import { deployed, warningsList } from "./releases/report.ts";

await runCommand(async () => {
  const done = await deployTree("up");
  print(done.ran ? deployed(done) : warningsList(done.warnings));
  // With TO= the machine of the operator says where the site is.
  if (process.env.DEPLOYED_BY) return;
  const { bind, httpPort, httpsPort } = done.stack.settings;
  await requirePublished(bind, [httpPort, httpsPort]);
  print(announce(done.stack.settings, done.stages.elapsed()));
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

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { type Clone, openClone } from "./clone.ts";
import { BootLog } from "./dev/boot-failure.ts";
import { Chain, print } from "./dev/chain.ts";
import { ChangeWatch } from "./dev/change.ts";
import { endChildren } from "./dev/child.ts";
import { claimLock } from "./dev/lock.ts";
import { freePorts } from "./dev/ports.ts";
import { startPostgres } from "./dev/postgres.ts";
import { programs } from "./dev/programs.ts";
import { Relay } from "./dev/relay.ts";
import { readEnv, readEnvironment, valuesOf } from "./env/environment.ts";
import { Interruption } from "./interruption.ts";
import { runCommand } from "./problem.ts";
import { certificateNames } from "./secrets/certificate.ts";
import { ensureSecrets } from "./secrets/secrets.ts";
import { seconds } from "./stages.ts";

/** Runs the chain until a signal is received, then stops everything. */
await runCommand(async () => {
  const clone = openClone();
  using interruption = new Interruption();
  using lock = await claimLock(clone);
  const parts = new DisposableStack();
  try {
    const ended = await Promise.race([start(clone, lock, parts), interruption.arrived]);
    await Promise.race([ended?.database, interruption.arrived]);
  } finally {
    parts.dispose();
    await endChildren("postgres");
    await endChildren();
  }
  print("everything has ended");
});
// Parts that were still starting when the signal was received would keep this process running.
process.exit();

/** Starts every part. Resolves when the chain serves, with a promise of the end of its database. */
async function start(clone: Clone, lock: { announcement: string }, parts: DisposableStack) {
  const began = performance.now();
  const environment = await readEnvironment(clone);
  const settings = valuesOf(environment);
  const variables = readEnv(environment.applicationText);
  const folder = join(clone.root, ".dev");
  await mkdir(folder, { recursive: true, mode: 0o755 });
  await ensureSecrets(clone, certificateNames(settings.bind));
  const database = await startPostgres(folder);
  const wanted = [settings.httpPort, settings.httpsPort, 0, 0, 0, 0];
  const [http = 0, https = 0, edgeAdmin = 0, relay = 0, gateway = 0, gatewayAdmin = 0] =
    await freePorts(wanted);
  const ports = { http, https, edgeAdmin, relay, gateway, gatewayAdmin };
  const bootLog = new BootLog(clone.root);
  const all = programs(clone.root, folder, { ...settings, variables }, ports, database, bootLog);
  const chain = new Chain(folder, all, parts.use(await Relay.listen(relay, gateway)), bootLog);
  const watch = parts.use(
    new ChangeWatch(clone.root, settings.app, (steps) => void chain.change(steps)),
  );
  await chain.start(() => watch.reported());
  lock.announcement = `https://127.0.0.1:${https}/`;
  for (const line of [
    `the chain is up after ${seconds(performance.now() - began)}; a changed file reloads its tier`,
    `the site     https://127.0.0.1:${https}/  http://127.0.0.1:${http}/`,
    `the edge     http://127.0.0.1:${edgeAdmin}/status`,
    `the gateway  http://127.0.0.1:${gatewayAdmin}/status`,
    `Postgres     ${database.owner.url}, password in .dev/database_password`,
    "Ctrl-C ends everything; the data stays in .dev/",
  ]) {
    print(line);
  }
  return { database: database.ended };
}

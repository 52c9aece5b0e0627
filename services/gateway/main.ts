import cluster from "node:cluster";
import { printConfig } from "@gatehouse/settings";
import { readConfiguration, startConfiguration } from "./configuration.ts";
import { isVerb } from "./control/verb.ts";
import { gatewaySettings } from "./settings.ts";
import { GatewayWorker } from "./worker/worker.ts";

const SWITCHES = ["--check-config", "--print-config", "--watch"];
const args = process.argv.slice(2);
const words = args.filter((word) => !SWITCHES.includes(word));
const configuration = await startConfiguration(words);
const [verb, operand] = configuration.reading.operands;

// What a worker does not need, it does not load: it is to be ready soon.
if (!cluster.isPrimary) void new GatewayWorker(configuration).run();
else if (args.includes("--print-config")) {
  process.stdout.write(printConfig(gatewaySettings, configuration.reading));
} else if (args.includes("--check-config")) {
  const { checkConfiguration } = await import("./check.ts");
  process.exit(await checkConfiguration(configuration));
} else if (isVerb(verb)) {
  const { command } = await import("./control/command.ts");
  process.exit(await command(configuration.settings, verb, operand, args.includes("--watch")));
} else {
  const { Primary } = await import("./primary/primary.ts");
  await new Primary(configuration, () => readConfiguration(words)).start();
}

import { controlPath, runCommand } from "@gatehouse/processes";
import { printConfig, refuseStart } from "@gatehouse/settings";
import { readConfiguration, startConfiguration } from "./configuration.ts";
import { VERBS } from "./control/verbs.ts";
import { Primary } from "./primary/primary.ts";
import { gatewaySettings } from "./settings.ts";

/** With a verb this process is a command for the running gateway; without, the gateway's primary. */
const args = process.argv.slice(2);
const exitCode = await runCommand(VERBS, args, {
  name: "gateway",
  settings: Object.keys(gatewaySettings.rows),
  sockets: async (flags) => {
    const { controlSocket, port } = (await readConfiguration(flags)).settings;
    const own = controlPath("gateway", controlSocket, port);
    return own === undefined ? [] : [own];
  },
}).catch(refuseStart);
if (exitCode !== undefined) process.exit(exitCode);

const settingArgs = args.filter((word) => !/^--(check|print)-config$/.test(word));
const configuration = await startConfiguration(settingArgs);
if (args.includes("--print-config")) {
  process.stdout.write(printConfig(gatewaySettings, configuration.reading));
} else if (args.includes("--check-config")) {
  const { checkConfiguration } = await import("./check.ts");
  process.exit(await checkConfiguration(configuration));
} else await new Primary(configuration, () => readConfiguration(settingArgs)).start();

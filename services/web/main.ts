import { controlPath, controlPaths, runCommand, unknownVerb } from "@gatehouse/processes";
import { readSettings, refuseStart, startSettings } from "@gatehouse/settings";
import { createLogger } from "@gatehouse/telemetry";
import { VERBS } from "./control/verbs.ts";
import { Primary } from "./primary/primary.ts";
import { webSettings } from "./settings.ts";

/** With a verb this process is a command for the running edge; without, the edge's primary. */
const exitCode = await runCommand(VERBS, process.argv.slice(2), {
  name: "edge",
  settings: Object.keys(webSettings.rows),
  sockets: (flags) => {
    const { values } = readSettings(webSettings, process.env, flags);
    const own = controlPath("web", values.controlSocket, values.httpPort);
    return own === undefined ? [] : controlPaths(own, values.controlFolder);
  },
}).catch(refuseStart);
if (exitCode !== undefined) process.exit(exitCode);

const { values: settings, operands } = startSettings(webSettings);
const [word] = operands;
if (word !== undefined) refuseStart(unknownVerb(word, VERBS));
await Primary.start(settings, createLogger("web", {}));

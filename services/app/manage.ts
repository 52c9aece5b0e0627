import { startSettings } from "@gatehouse/settings";
import { collectStatic } from "./management/collectstatic.ts";
import { migrate } from "./management/migrate.ts";
import { appSettings } from "./settings.ts";

const verbs = { migrate, collectstatic: collectStatic };

const { values, operands } = startSettings(appSettings);
const verb = Object.entries(verbs).find(([name]) => name === operands[0] && operands.length === 1);
if (verb === undefined) {
  const given = operands.join(" ");
  process.stderr.write(
    `manage: no command "${given}": give one of ${Object.keys(verbs).join(", ")}\n`,
  );
  process.exit(64);
}
const [name, run] = verb;
try {
  process.stdout.write(`${name}: ${await run(values)}\n`);
} catch (error) {
  process.stderr.write(`${name}: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}

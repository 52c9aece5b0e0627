import { nearest, refuseStart, SettingError, startSettings } from "@gatehouse/settings";
import { createLogger } from "@gatehouse/telemetry";
import { isVerb, VERBS } from "./control/verb.ts";
import { Primary } from "./primary/primary.ts";
import { webSettings } from "./settings.ts";

const [verb, ...args] = process.argv.slice(2);
if (isVerb(verb)) {
  const { command } = await import("./control/command.ts");
  process.exit(await command(verb, args));
}
const { values: settings, operands } = startSettings(webSettings);
const [word] = operands;
if (word !== undefined) {
  const close = nearest(word, VERBS);
  const advice = close === undefined ? `there are ${VERBS.join(", ")}` : `did you mean ${close}?`;
  refuseStart(new SettingError(`${word}: no such verb; ${advice}`));
}
await Primary.start(settings, createLogger("web", {}));

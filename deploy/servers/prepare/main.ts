import { runCommand } from "../../problem.ts";
import { prepareServer } from "./prepare.ts";

await runCommand(async () => {
  process.stdout.write(await prepareServer(process.env.TO ?? ""));
});

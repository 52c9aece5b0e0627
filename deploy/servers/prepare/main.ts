import { print } from "../../print.ts";
import { runCommand } from "../../problem.ts";
import { prepareServer } from "./prepare.ts";

await runCommand(async () => {
  print(await prepareServer(process.env.TO ?? ""));
});

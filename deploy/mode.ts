import { changeMode } from "./maintenance/mode-command.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const { SECONDS: seconds = "", MESSAGE: message = "", PASS } = process.env;
  const [word = ""] = process.argv.slice(2);
  print(await changeMode(word, { seconds, message, pass: PASS === "1" }));
});

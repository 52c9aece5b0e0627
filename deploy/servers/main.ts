import { runCommand } from "../problem.ts";
import { onServer } from "./on-server.ts";

await runCommand(async () => {
  const [name = "", ...words] = process.argv.slice(2);
  process.exitCode = await onServer(name, words);
});

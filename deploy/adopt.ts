import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { adoptProject } from "./project/adopt-command.ts";

await runCommand(async () => {
  const { DIR: dir = "", NAME: name = "", ENTRY: entry = "" } = process.env;
  print(await adoptProject({ dir, name, entry }));
});

import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { newProject } from "./project/new-command.ts";

await runCommand(async () => {
  const { DIR: dir = "", NAME: name = "", APP: app = "" } = process.env;
  print(await newProject({ dir, name, app }));
});

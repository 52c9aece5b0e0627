import { spawn } from "node:child_process";
import { openClone } from "./clone.ts";
import { runCommand } from "./problem.ts";
import { LOGS, showLogs } from "./stack/logs.ts";

await runCommand(async () => {
  const docker = spawn("docker", ["compose", ...LOGS], {
    cwd: openClone().root,
    stdio: ["ignore", "pipe", "inherit"],
  });
  process.exitCode = await showLogs(docker);
});

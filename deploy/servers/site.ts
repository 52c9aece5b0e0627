import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import type { Connection } from "./connection.ts";
import type { Environment } from "./environment.ts";
import { STATE } from "./lock.ts";
import { quoted } from "./shell.ts";

/** What a deploy must know of a server before it begins. */
export interface Site {
  /** "x86_64" */
  readonly machine: string;
  /** The names of the toolsets that are there. */
  readonly toolsets: readonly string[];
  /** Whether a commit is checked out there, with its tools. */
  readonly ready: boolean;
  /** Whether a release has run there. */
  readonly deployed: boolean;
}

/** Where toolsets are kept: Node and the packages of deploy/, one for each lock file and kind of processor. */
export const toolsetsFolder = ({ folder }: Pick<Environment, "folder">): string =>
  `${folder}/${STATE}/toolsets`;

/**
 * A command that prints where another project of the repository there has its state, unless this one was deployed. Both
 * would have one working tree, and each a lock of its own.
 */
export function otherProject(environment: Pick<Environment, "server" | "folder">): string {
  return (
    `[ -d ${quoted(toolsetsFolder(environment))} ] || ` +
    `find ${quoted(environment.server.folder)} \\( -name .git -o -name node_modules \\) -prune ` +
    `-o -type d -path '*/${STATE}/toolsets' -printf '%h\\n' -prune 2>/dev/null | head -n 1`
  );
}

/** What follows the path that such a command prints. */
export const OF_ANOTHER_PROJECT =
  "is of another project of this repository: each needs a SERVER_FOLDER of its own. If it is this project, from " +
  "before it moved in the repository, move its .releases, .env, app.env and secrets on the server to its new folder";

/**
 * @throws Problem (exit code 69) if the server is not prepared, (exit code 78) if the folder is another project's there
 */
export async function readSite(environment: Environment, connection: Connection): Promise<Site> {
  const { server, folder } = environment;
  const script = [
    "uname -m",
    "docker version --format '{{.Server.Version}}' 2>&1 | tail -n 1",
    `git -C ${quoted(server.folder)} rev-parse --git-dir 2>/dev/null || echo none`,
    `echo "$(${otherProject(environment)})"`,
    `ls ${quoted(toolsetsFolder(environment))} 2>/dev/null | tr '\\n' ' '; echo`,
    `cat ${quoted(folder)}/${STATE}/*.jsonl 2>/dev/null | grep -c '"outcome":"done"' || :`,
    `[ -x ${quoted(folder)}/node_modules/.bin/node ] && echo ready || :`,
  ].join("\n");
  const { code, stdout, stderr } = await connection.run(script);
  const [
    machine = "",
    engine = "",
    git = "none",
    other = "",
    toolsets = "",
    done = "0",
    ready = "",
  ] = stdout.split("\n");
  const fix = `make server TO=${environment.name} prepares it`;
  if (code !== 0)
    throw new Problem(`the server could not be read: ${stderr.trim()}`, UNAVAILABLE_EXIT_CODE);
  if (!/^\d/.test(engine)) {
    throw new Problem(
      `the server has no engine that ${connection.user} may use (${engine || "no docker command"}): ${fix}`,
      UNAVAILABLE_EXIT_CODE,
    );
  }
  if (git === "none")
    throw new Problem(`the server has no ${server.folder}: ${fix}`, UNAVAILABLE_EXIT_CODE);
  if (other !== "") throw new Problem(`${other} ${OF_ANOTHER_PROJECT}`, CONFIG_EXIT_CODE);
  return {
    machine,
    toolsets: toolsets.split(" ").filter(Boolean),
    ready: ready === "ready",
    deployed: Number(done) > 0,
  };
}

import type { Clone } from "../clone.ts";
import { lastLine, run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import type { Connection } from "./connection.ts";
import { commandLine } from "./shell.ts";

/** A commit that can be sent, and what of the working tree is not in it. */
export interface Commit {
  readonly id: string;
  /** "e81c6ae tests: a subject" */
  readonly title: string;
  /** Files of the working tree that are not as in the commit. */
  readonly differing: number;
}

/** The commit that is checked out here. @throws Problem outside of git */
export async function commitHere({ root }: Clone): Promise<Commit> {
  const git = (...args: string[]) => run("git", ["-C", root, ...args]);
  const { code, stdout, stderr } = await git("log", "-1", "--format=%H%n%h %s");
  if (code !== 0) {
    throw new Problem(
      `a server gets commits, and here is none (${lastLine(stderr)}): git commit first`,
    );
  }
  const [id = "", title = ""] = stdout.split("\n");
  const changes = (await git("status", "--porcelain")).stdout.trim();
  return { id, title, differing: changes === "" ? 0 : changes.split("\n").length };
}

/**
 * Sends a commit, with what of its history the server does not have. The tree there does not change yet.
 * @param folder the repository on the server
 * @throws Problem (exit code 69) with git's reason
 */
export async function sendCommit(
  { root }: Clone,
  connection: Connection,
  { id }: Commit,
  folder: string,
): Promise<void> {
  const { code, stderr } = await run(
    "git",
    ["-C", root, "push", "--quiet", "--force", connection.url(folder), `${id}:refs/deploys/latest`],
    { env: { GIT_SSH_COMMAND: commandLine(connection.command), GIT_SSH_VARIANT: "ssh" } },
  );
  if (code === 0) return;
  throw new Problem(
    `the commit did not reach the server (${lastLine(stderr)}): nothing was changed; try again`,
    UNAVAILABLE_EXIT_CODE,
  );
}

import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { changing, changingBeside, deploying, type Tree } from "./checkout.ts";
import { claimLock, STATE } from "./lock.ts";
import { commandLine, exports, quoted } from "./shell.ts";

/** How many commands keep their output on the server. */
const KEPT = 20;

/** Node on a server, in the folder of the site. */
export const NODE = "node_modules/.bin/node";

/** A command of the operator that runs on the server, whether or not the connection holds. */
export interface RemoteCommand {
  /** The folder of the site on the server. */
  readonly folder: string;
  /** Its name: a folder for its output and its exit code. */
  readonly id: string;
  /** "make deploy", for messages. */
  readonly title: string;
  /** The words after `node`. */
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** Whether it works beside other commands there. */
  readonly unlocked?: boolean;
  /** A commit to check out first, with the settings that belong to it. */
  readonly tree?: Tree;
}

export const newCommandId = (): string =>
  `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-${randomBytes(3).toString("hex")}`;

/** The operator, as the journal of the server should name them. */
export const operator = (): string => `${userInfo().username}@${hostname()}`;

const folderOf = ({ folder, id }: RemoteCommand): string => `${folder}/${STATE}/commands/${id}`;

/**
 * The script that starts a command, apart from the connection: when that breaks, it goes on to its end. A lock
 * keeps two of them apart. Settings may be secret: they reach the command by a pipe, and no file of their own.
 */
export function startScript(command: RemoteCommand): string {
  const { folder, title, variables, words, unlocked = false, tree } = command;
  const own = quoted(folderOf(command));
  const work = [exports(variables).trimEnd(), program(own, words)];
  const body = [
    "umask 022",
    `cd ${quoted(folder)} || exit`,
    ...(unlocked
      ? changingBeside(work)
      : [
          ...claimLock(`${title} by ${operator()}`),
          ...(tree === undefined ? changing(work) : deploying(tree, work)),
        ]),
  ].join("\n");
  const settings =
    tree === undefined ? ":" : `printf '%s' ${quoted(JSON.stringify(tree.settings))} 2>/dev/null`;
  return [
    "set -eu",
    "umask 077",
    `mkdir -p ${own}`,
    `cd ${own}`,
    `printf '%s\\n' ${quoted(body)} > run.sh`,
    // The oldest first; a name begins with its time.
    `ls .. | sort | head -n -${KEPT} | while read -r old; do rm -rf "../$old"; done`,
    ": > log",
    `${settings} | setsid sh -c 'sh run.sh; echo $? > code.new; mv code.new code' >> log 2>&1 &`,
    "echo $! > runner",
  ].join("\n");
}

/**
 * A line that runs the command. Its pid is there before it begins, and a stop from before that is looked for after
 * that: none is missed. Without the lock's descriptor: what it starts may stay.
 */
function program(own: string, words: readonly string[]): string {
  const script = [
    `echo $$ > ${own}/pid`,
    `[ ! -e ${own}/cancelled ] || exit 130`,
    `exec ${NODE} "$@"`,
  ].join("\n");
  // The shell in the background ignores SIGINT, and so would all that it starts.
  return `env --default-signal=INT sh -c ${quoted(script)} sh ${commandLine(words)} 9>&- < /dev/null`;
}

/** The script that writes a command's output from a byte on, as it comes, and exits as the command did. */
export function followScript(command: RemoteCommand, offset: number): string {
  return [
    `cd ${quoted(folderOf(command))} || exit 71`,
    `tail --bytes=+${offset + 1} --follow --sleep-interval=0.2 --pid="$(cat runner)" log`,
    'exit "$(cat code 2>/dev/null || echo 70)"',
  ].join("\n");
}

/** The script that has a command stop, as Ctrl-C does here, whether or not it has begun. */
export function stopScript(command: RemoteCommand): string {
  const own = quoted(folderOf(command));
  return [
    `mkdir -p ${own} && cd ${own} && : > cancelled || exit`,
    '[ ! -e pid ] || kill -INT "$(cat pid)" 2>/dev/null || :',
  ].join("\n");
}

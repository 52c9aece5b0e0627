import { randomBytes } from "node:crypto";
import { hostname, userInfo } from "node:os";
import { exports, quoted } from "./shell.ts";

/** Everything of a site that is not in git lies below this folder of its own, except .env and secrets/. */
const STATE = ".releases";

/** How many runs keep their output on the server. */
const KEPT = 20;

/** A command of the operator that runs on the server, whether or not the connection holds. */
export interface Work {
  /** The folder of the site on the server. */
  readonly folder: string;
  /** Its name: a folder for its output and its exit code. */
  readonly id: string;
  /** "make deploy", for messages. */
  readonly title: string;
  /** The words after `node`. */
  readonly words: readonly string[];
  readonly variables: Readonly<Record<string, string>>;
  /** A commit to check out first, with the settings that belong to it. */
  readonly tree?: { readonly commit: string; readonly tools: string; readonly settings: unknown };
}

export const newWorkId = (): string =>
  `${new Date().toISOString().slice(0, 19).replaceAll(":", "-")}-${randomBytes(3).toString("hex")}`;

/** The operator, as the journal of the server should name them. */
export const operator = (): string => `${userInfo().username}@${hostname()}`;

const folderOf = ({ folder, id }: Work): string => `${folder}/${STATE}/runs/${id}`;

/**
 * The script that starts a work, apart from the connection: when that breaks, it goes on to its end. A lock, which
 * the kernel gives back with the process, keeps two of them apart.
 */
export function startScript(work: Work): string {
  const { folder, title, variables, words, tree } = work;
  const run = folderOf(work);
  const holder = `${title} by ${operator()}, since ${new Date().toISOString()}`;
  const body = [
    "umask 022",
    `cd ${quoted(folder)}`,
    `exec 9>>${STATE}/lock`,
    "if ! flock -n 9; then",
    `  echo "gatehouse: $(cat ${STATE}/holder), works on this server: wait until it has ended" >&2`,
    "  exit 1",
    "fi",
    `printf '%s' ${quoted(holder)} > ${STATE}/holder`,
    ...(tree === undefined ? [] : checkout(work, tree)),
    `[ ! -e ${quoted(run)}/cancelled ] || exit 130`,
    exports(variables).trimEnd(),
    // Without the lock's descriptor: what the programs start may stay.
    `node_modules/.bin/node ${words.map(quoted).join(" ")} 9>&- &`,
    `echo $! > ${quoted(run)}/pid`,
    "wait $!",
  ].join("\n");
  return [
    "set -eu",
    "umask 077",
    `mkdir -p ${quoted(run)}`,
    `cd ${quoted(run)}`,
    ...(tree === undefined
      ? []
      : [`printf '%s' ${quoted(JSON.stringify(tree.settings))} > settings.json`]),
    `printf '%s\\n' ${quoted(body)} > run.sh`,
    // The oldest first; a name begins with its time.
    `ls .. | sort | head -n -${KEPT} | while read -r old; do rm -rf "../$old"; done`,
    ": > log",
    "setsid sh -c 'sh run.sh; echo $? > code.new; mv code.new code' >> log 2>&1 < /dev/null &",
    "echo $! > runner",
  ].join("\n");
}

function checkout(work: Work, tree: NonNullable<Work["tree"]>): string[] {
  const settings = `${folderOf(work)}/settings.json`;
  return [
    `git checkout --quiet --force --detach ${quoted(tree.commit)} || exit 1`,
    `if [ "$(cat ${STATE}/tools 2>/dev/null)" != ${quoted(tree.tools)} ] || [ ! -x node_modules/.bin/node ]; then`,
    `  rm -rf node_modules ${STATE}/tools`,
    `  cp -al ${quoted(`${tree.tools}/node_modules`)} node_modules || exit 1`,
    `  printf '%s' ${quoted(tree.tools)} > ${STATE}/tools`,
    "fi",
    // make compares their times.
    "touch node_modules/.package-lock.json",
    `node_modules/.bin/node deploy/servers/there/receive.ts ${quoted(settings)} || exit`,
  ];
}

/** The script that writes a work's output from a byte on, as it comes, and exits as the work did. */
export function followScript(work: Work, offset: number): string {
  return [
    `cd ${quoted(folderOf(work))} || exit 71`,
    `tail --bytes=+${offset + 1} --follow --sleep-interval=0.2 --pid="$(cat runner)" log`,
    'exit "$(cat code 2>/dev/null || echo 70)"',
  ].join("\n");
}

/** The script that has a work stop, as Ctrl-C does here. */
export function stopScript(work: Work): string {
  return [
    `cd ${quoted(folderOf(work))} && : > cancelled`,
    '[ ! -e pid ] || kill -INT "$(cat pid)" 2>/dev/null || :',
  ].join("\n");
}

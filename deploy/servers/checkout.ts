import { dirname, join, relative } from "node:path";
import { LABEL } from "../canary/container.ts";
import { layout } from "../layout.ts";
import { BY_HAND_EXIT_CODE, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { BEFORE } from "../releases/env-file.ts";
import { STATE } from "./lock.ts";
import { quoted } from "./shell.ts";

/** A commit for the server, with the settings that belong to it. */
export interface Tree {
  readonly commit: string;
  /** The folder of Node and its packages on the server. */
  readonly tools: string;
  readonly settings: unknown;
}

/** What belongs to a release beside its commit, as it lies in the folder of the site. */
const FILES = [".env", "app.env", `${STATE}/environment.json`, `${STATE}/toolset`].join(" ");

/** What earlier versions of Gatehouse wrote below STATE. */
const FORMER = ["sets", "runs", "holder", "tools"].map((name) => `${STATE}/${name}`).join(" ");

/** What `docker ps` prints of a container: canary ID, or its service, whether it is a one-off, and its ID. */
const CONTAINER = `{{if .Label "${LABEL}"}}canary{{else}}{{.Label "com.docker.compose.service"}} {{.Label "com.docker.compose.oneoff"}}{{end}} {{.ID}}`;

/**
 * Functions of a script that keep what a deploy replaces, until its release serves: it says so itself, by removing
 * the file `commit`. The tree and the settings on a server are those of the release that serves, or of a canary
 * beside it: else the next `docker compose up` there, or a backup, would mix two releases.
 */
const FUNCTIONS = `
# The release, a canary, and what only the operator replaces.
serving() {
  all=$(docker ps --all --no-trunc --filter label=com.docker.compose.project.working_dir="$PWD" --format '${CONTAINER}') || return
  printf '%s\n' "$all" | grep -E '^(canary|(db|edge-port) False) ' | sort
  grep -s '^RELEASE_' .env || :
}
canary() { serving | grep -q '^canary '; }
forget() { rm -f ${BEFORE}/commit; rm -rf ${BEFORE}; }
keep() {
  forget
  # Before its first release a site has nothing to go back to.
  grep -qs '^RELEASE_' .env || return 0
  mkdir -p ${BEFORE}/${STATE}
  for each in ${FILES}; do [ ! -e "$each" ] || cp -p "$each" "${BEFORE}/$each" || return; done
  serving > ${BEFORE}/serving || return
  git rev-parse HEAD > ${BEFORE}/commit.new && mv ${BEFORE}/commit.new ${BEFORE}/commit
}
restore() {
  git checkout --quiet --force --detach "$(cat ${BEFORE}/commit)" || return
  for each in ${FILES}; do
    if [ -e "${BEFORE}/$each" ]; then cp -p "${BEFORE}/$each" "$each.before" && mv "$each.before" "$each" || return
    else rm -f "$each"; fi
  done
  if [ -d ${BEFORE}/node_modules ]; then rm -rf node_modules; mv ${BEFORE}/node_modules node_modules || return; fi
  # make compares their times.
  touch node_modules/.package-lock.json
  forget
}
# Restores what was kept, unless what has replaced it serves or may still serve. $1 is the exit code of a deploy.
settle() {
  if [ ! -e ${BEFORE}/commit ]; then forget; return; fi
  now=$(serving) || return
  case "$now" in *"canary "*) return ;; esac
  if [ "$1" = 0 ] || [ "$now" != "$(cat ${BEFORE}/serving)" ]; then forget
  elif [ -e ${BEFORE}/by-hand ]; then :
  elif restore; then echo "gatehouse: commit and settings on the server are those from before"
  else echo "gatehouse: commit and settings from before are in ${BEFORE} on the server" >&2; return 1; fi
}`;

/** Writes the settings that it reads from standard input. */
const RECEIVE = relative(layout.root, join(import.meta.dirname, "there/receive.ts"));

/** Lines that check out a commit with what belongs to it. Standard input has the settings. */
function checkout({ commit, tools }: Tree): string[] {
  const toolset = quoted(tools);
  return [
    `git checkout --quiet --force --detach ${quoted(commit)} || exit 1`,
    `if [ "$(cat ${STATE}/toolset 2>/dev/null)" != ${toolset} ] || [ ! -x node_modules/.bin/node ]; then`,
    `  rm -rf ${STATE}/node_modules.new ${STATE}/toolset`,
    // Under another name until all of it is there: other commands run what is in node_modules.
    `  cp -al ${toolset}/node_modules ${STATE}/node_modules.new || {`,
    '    echo "gatehouse: Node and its packages are not on the server any more: run this again" >&2',
    `    exit ${UNAVAILABLE_EXIT_CODE}`,
    "  }",
    `  if [ -d node_modules ] && [ -e ${BEFORE}/commit ]; then mv node_modules ${BEFORE}/node_modules; fi || exit 1`,
    "  rm -rf node_modules",
    `  mv ${STATE}/node_modules.new node_modules || exit 1`,
    `  printf '%s' ${toolset} > ${STATE}/toolset`,
    "fi",
    `touch ${toolset}`,
    // make compares their times.
    "touch node_modules/.package-lock.json",
    `node_modules/.bin/node ${RECEIVE} || exit`,
  ];
}

/** Lines that deploy a commit under the lock: they check it out and do the work. They exit as that does. */
export function deploying(tree: Tree, work: readonly string[]): string[] {
  return [
    FUNCTIONS,
    `rm -f ${BEFORE}/by-hand`,
    // Of a deploy that the end of the machine has cut short.
    "settle || exit 1",
    // Beside a canary no other release comes in: the tree stays the canary's.
    "tree=canary",
    "canary || { tree=new; keep; } || exit 1",
    "(",
    "if [ $tree = new ]; then",
    ...checkout(tree),
    "fi",
    ...work,
    ")",
    "code=$?",
    `if [ $code = ${BY_HAND_EXIT_CODE} ] && [ -e ${BEFORE}/commit ] && ! canary; then`,
    `  : > ${BEFORE}/by-hand`,
    `  echo "gatehouse: for that its commit and its settings stay there; those from before are in ${BEFORE}"`,
    "fi",
    "settle $code",
    "if [ $code = 0 ]; then",
    // Those of earlier lock files; one that is younger may be another operator's, on its way or about to be used.
    `  find ${quoted(dirname(tree.tools))} -mindepth 1 -maxdepth 1 -mtime +0 ! -path ${quoted(tree.tools)} -exec rm -rf {} +`,
    `  rm -rf ${FORMER}`,
    "fi",
    "exit $code",
  ];
}

/** Lines that do work under the lock which may end a canary. They exit as the work does. */
export function changing(work: readonly string[]): string[] {
  return [FUNCTIONS, "settle || exit 1", ...work, "code=$?", "settle", "exit $code"];
}

/** The same without the lock. If another command has it, that one, or the next, settles what is left. */
export function changingBeside(work: readonly string[]): string[] {
  return [
    FUNCTIONS,
    ...work,
    "code=$?",
    `if [ -e ${BEFORE}/commit ] && exec 9>>${STATE}/lock && flock --nonblock 9; then settle; fi`,
    "exit $code",
  ];
}

import { dirname } from "node:path";
import { LABEL } from "../canary/container.ts";
import { BY_HAND_EXIT_CODE, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { STATE } from "./lock.ts";
import { quoted } from "./shell.ts";

/** A commit for the server, with the settings that belong to it. */
export interface Tree {
  readonly commit: string;
  /** The folder of Node and its packages on the server. */
  readonly tools: string;
  readonly settings: unknown;
}

/** Where a deploy keeps what was there before it. Its file `commit` is written last and removed first. */
const BEFORE = `${STATE}/before`;

/** What belongs to a release beside its commit, as it lies in the folder of the site. */
const FILES = [".env", "app.env", `${STATE}/environment.json`, `${STATE}/toolset`].join(" ");

/** What earlier versions of Gatehouse wrote below STATE. */
const FORMER = ["sets", "runs", "holder", "tools"].map((name) => `${STATE}/${name}`).join(" ");

/**
 * Functions of a script that keep what a deploy replaces. The tree and the settings on a server are those of the
 * release that serves: else the next `docker compose up` there, or a backup, would mix two releases.
 */
const KEEP = `releases() { cat ${STATE}/*.jsonl 2>/dev/null | grep -c '"outcome":"done"'; }
canary() { docker ps --quiet --filter label=${LABEL} --filter label=com.docker.compose.project.working_dir="$PWD" 2>/dev/null; }
forget() { rm -f ${BEFORE}/commit; rm -rf ${BEFORE}; }
keep() {
  forget
  # Before its first release a site has nothing to go back to.
  [ "$(releases)" != 0 ] || return 0
  mkdir -p ${BEFORE}/${STATE}
  for each in ${FILES}; do [ ! -e "$each" ] || cp -p "$each" "${BEFORE}/$each" || return; done
  { releases; canary; } > ${BEFORE}/running
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
# Whether the release of a deploy runs, or a canary of it.
runs() { [ "$(releases; canary)" != "$(cat ${BEFORE}/running)" ]; }`;

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
    "node_modules/.bin/node deploy/servers/there/receive.ts || exit",
  ];
}

/**
 * Lines that check out a commit, do work that deploys it, and exit as that does. If its release does not run then,
 * commit and settings are again those from before.
 */
export function deploying(tree: Tree, work: readonly string[]): string[] {
  return [
    KEEP,
    // Of a deploy that the end of the machine has cut short.
    `if [ -e ${BEFORE}/commit ] && ! runs; then restore || exit 1; fi`,
    "keep || exit 1",
    "(",
    ...checkout(tree),
    ...work,
    ")",
    "code=$?",
    `if [ $code != 0 ] && [ -e ${BEFORE}/commit ] && ! runs; then`,
    `  if [ $code = ${BY_HAND_EXIT_CODE} ]; then`,
    `    echo "gatehouse: for that its commit and its settings stay there; those from before are in ${BEFORE}"`,
    "  elif restore; then",
    '    echo "gatehouse: commit and settings on the server are those from before"',
    "  else",
    `    echo "gatehouse: commit and settings from before are in ${BEFORE} on the server" >&2`,
    "  fi",
    "  exit $code",
    "fi",
    "forget",
    // Those of earlier lock files; one that is younger may be another operator's, on its way or about to be used.
    `find ${quoted(dirname(tree.tools))} -mindepth 1 -maxdepth 1 -mtime +0 ! -path ${quoted(tree.tools)} -exec rm -rf {} +`,
    `rm -rf ${FORMER}`,
    "exit $code",
  ];
}

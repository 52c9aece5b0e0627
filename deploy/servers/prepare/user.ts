import type { Environment, Server } from "../environment.ts";
import { quoted } from "../shell.ts";
import { OF_ANOTHER_PROJECT, otherProject } from "../site.ts";
import type { Step } from "./step.ts";

/**
 * Adds the keys of standard input to $home/.ssh/authorized_keys, where they are missing. A last line without an end
 * must get one: with another key behind it, neither would let anyone in.
 */
export const ADD_KEYS =
  'keys="$home/.ssh/authorized_keys"; touch "$keys"; [ -z "$(tail -c 1 "$keys")" ] || echo >> "$keys"; ' +
  `while read -r key; do grep -qxF "$key" "$keys" || printf '%s\\n' "$key" >> "$keys"; done;`;

/**
 * The user who deploys: a member of the group docker, which is as much as root. Lets in who may be the admin, and
 * the keys of the environment's file.
 * @param keys lines in the form of authorized_keys
 */
export function userStep({ user, admin }: Server, keys: readonly string[]): Step {
  const home = `"$(getent passwd ${user} | cut -d: -f6)"`;
  // sudo: HOME may be the admin's or root's.
  const admins = `"$(getent passwd ${admin} | cut -d: -f6)/.ssh/authorized_keys"`;
  const wanted =
    `wanted() { cat ${admins} 2>/dev/null | grep -E '^(ssh|ecdsa|sk)-' || :; ` +
    `printf '%s\\n' ${keys.map(quoted).join(" ")} | grep . || :; }\n`;
  return {
    name: `user: ${user}, who deploys`,
    check: [
      `id -nG ${user} 2>/dev/null | tr ' ' '\\n' | grep -qx docker || exit 1`,
      ...(user === admin
        ? []
        : [
            wanted,
            `wanted | while read -r key; do grep -qxF "$key" ${home}/.ssh/authorized_keys || exit 1; done || exit 1`,
          ]),
    ].join("\n"),
    make: [
      `id ${user} >/dev/null 2>&1 || useradd --create-home --shell /bin/bash ${user}`,
      `getent group docker >/dev/null || groupadd --system docker`,
      `usermod --append --groups docker ${user}`,
      ...(user === admin
        ? []
        : [
            `home=${home}`,
            `install -d -m 0700 -o ${user} -g ${user} "$home/.ssh"`,
            wanted,
            `wanted | { ${ADD_KEYS} }`,
            `chown ${user}:${user} "$home/.ssh/authorized_keys" && chmod 0600 "$home/.ssh/authorized_keys"`,
          ]),
    ].join("\n"),
    made: "it may use the engine, and your keys let it in",
  };
}

/**
 * The folder of the site: a repository that commits are sent to. One that has something else in it is left as it is:
 * its owner would change, and other users be shut out. So is one with another project of the repository: the firewall
 * knows the ports of one site for each.
 */
export function folderStep(environment: Pick<Environment, "server" | "folder">): Step {
  const { user, folder } = environment.server;
  const other = `other="$(${otherProject(environment)})"; [ -z "$other" ]`;
  const git = `su ${user} -s /bin/sh -c "git -C ${folder} config --get receive.shallowUpdate"`;
  return {
    name: `folder: ${folder}`,
    check: `${other} || exit 1\n[ "$(stat -c '%U %a' ${folder} 2>/dev/null)" = '${user} 750' ] || exit 1\n[ "$(${git})" = true ] || exit 1`,
    make: [
      `${other} || { echo "$other ${OF_ANOTHER_PROJECT}" >&2; exit 1; }`,
      requireOwnFolder(folder, user),
      // .env may hold a password until a deploy has moved it: other users of the machine have no business here.
      `install -d -m 0750 -o ${user} -g ${user} ${folder}`,
      // A clone with few commits, as a CI machine makes it, may send them too.
      `su ${user} -s /bin/sh -c "git -C ${folder} init --quiet --initial-branch=main && git -C ${folder} config receive.shallowUpdate true"`,
    ].join("\n"),
    made: "a repository that commits are sent to",
  };
}

/** Lines that fail for a folder that is neither new, nor empty as the root of a disk is, nor already the site's. */
export function requireOwnFolder(folder: string, user: string): string {
  return [
    `if [ -e ${folder} ] || [ -L ${folder} ]; then`,
    `  { [ "$(stat -c %U ${folder})" = ${user} ] && [ -d ${folder}/.git ]; } ||`,
    `    { [ -d ${folder} ] && [ ! -L ${folder} ] && [ -z "$(ls -A -I lost+found ${folder})" ]; } ||`,
    `    { echo 'it has something else in it already: SERVER_FOLDER must be a folder of the site alone' >&2; exit 1; }`,
    "fi",
  ].join("\n");
}

import { BUSY_EXIT_CODE } from "../problem.ts";
import { quoted } from "./shell.ts";

/** Everything of a site that is not in git lies below this folder of its own, except .env and secrets/. */
export const STATE = ".releases";

/**
 * Lines of a script, in the folder of the site on the server, that claim the lock of the commands there. The kernel
 * gives it back with the script's process. Programs that the script starts must not inherit it: add `9>&-`.
 * @param title "make deploy by jo@desk", for the refusal of others
 * @param wait seconds for another command to end, before this one is refused (exit code 75)
 */
export function claimLock(title: string, wait = 0): string[] {
  return [
    `mkdir -p ${STATE}`,
    `exec 9>>${STATE}/lock`,
    `if ! flock --wait ${wait} 9; then`,
    `  read -r pid owner 2>/dev/null < ${STATE}/owner || :`,
    // The last owner may have ended, and the next one not have written its name yet.
    `  if [ -n "$pid" ] && [ -e "/proc/$pid" ]; then owner="$owner,"; else owner="another command"; fi`,
    '  echo "gatehouse: $owner works on this server: wait until it has ended" >&2',
    `  exit ${BUSY_EXIT_CODE}`,
    "fi",
    `echo "$$" ${quoted(title)}", since $(date -u +%Y-%m-%dT%H:%M:%SZ)" > ${STATE}/owner`,
  ];
}

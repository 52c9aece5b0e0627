import { examineEngine } from "../bare-machine/engine/ensure.ts";
import { versionsOf } from "../bare-machine/engine/state.ts";
import { run } from "../command.ts";
import { projectOf } from "../env/environment.ts";
import { UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { hasPassword } from "../secrets/secrets.ts";
import { bad, type Check, type Finding, good, type Subject } from "./check.ts";

/** Engine, Compose and buildx are installed, new enough, and the daemon responds. */
export const engineCheck: Check = {
  name: "engine",
  needs: [],
  check: async () => {
    const { state, fault } = await examineEngine();
    if (fault === undefined) return [good(versionsOf(state))];
    return [bad(`${fault.problem}: ${fault.fix}`, UNAVAILABLE_EXIT_CODE)];
  },
};

/** Postgres keeps the password of its first start: a new one does not open an old volume. */
export async function volumeFinding({ clone, environment }: Subject): Promise<Finding> {
  const volume = `${projectOf(clone, environment)}_db`;
  const { code } = await run("docker", ["volume", "inspect", volume]);
  if (code !== 0) return good("no volume yet: make up creates it");
  if (await hasPassword(clone)) return good(`the volume ${volume}`);
  return bad(
    `the volume ${volume} was made with a password that secrets/database_password no longer has: ` +
      "put the file back; if nothing in it is worth keeping, begin anew with make down VOLUMES=1",
  );
}

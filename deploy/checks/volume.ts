import { run } from "../command.ts";
import { valuesOf } from "../env/environment.ts";
import { hasPassword } from "../secrets/secrets.ts";
import { bad, type Check, type Finding, good, type Subject } from "./check.ts";

/** If the database volume exists, secrets/ must have its password. */
export const volumeCheck: Check = {
  name: "database",
  needs: ["engine", "settings"],
  check: async (ground) => [await volumeFinding(ground)],
};

/** Postgres keeps the password of its first start: a new one does not open an old volume. */
export async function volumeFinding({ clone, environment }: Subject): Promise<Finding> {
  const volume = `${valuesOf(environment).project || clone.project}_db`;
  const { code } = await run("docker", ["volume", "inspect", volume]);
  if (code !== 0) return good("no volume yet: make up creates it");
  if (await hasPassword(clone)) return good(`the volume ${volume}`);
  return bad(
    `the volume ${volume} was made with a password that secrets/database_password no longer has: ` +
      "put the file back, or delete the data with make down VOLUMES=1",
  );
}

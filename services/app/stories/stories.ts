import { randomBytes, randomUUID } from "node:crypto";
import type { RunInside, Stories } from "@gatehouse/infra-tests/chain";

const MANAGE = ["node", "services/app/manage.ts"] as const;

export default {
  page: "/about",
  traces: true,
  prepare: async (run) => {
    await run(...MANAGE, "seed");
    return await createModerator(run);
  },
} satisfies Stories;

/** Creates the account that the stories cannot sign up for themselves. */
async function createModerator(run: RunInside) {
  const name = `Moderator ${randomUUID().slice(0, 8)}`;
  const password = randomBytes(18).toString("base64url");
  const create = `${MANAGE.join(" ")} createsuperuser --username "$1" --password-file /tmp/password`;
  const script = `printf %s "$2" > /tmp/password && ${create}; code=$?; rm /tmp/password; exit $code`;
  await run("sh", "-c", script, "sh", name, password);
  return { MODERATOR: name, MODERATOR_PASSWORD: password };
}

import { randomBytes, randomUUID } from "node:crypto";
import { exec } from "../stack/docker.ts";
import type { Stack } from "../stack/stack.ts";

const MANAGE = "services/app/manage.ts";

/** Whom the tests need and cannot make themselves: somebody who may moderate. */
export interface Cast {
  readonly moderator: string;
  readonly password: string;
}

/** Seeds the board of a running stack, and makes a moderator as an operator does. */
export async function prepareCast(stack: Stack): Promise<Cast> {
  const app = await stack.container("app");
  const moderator = `Moderator ${randomUUID().slice(0, 8)}`;
  const password = randomBytes(18).toString("base64url");
  const create = `node ${MANAGE} createsuperuser --username "$1" --password-file /tmp/password`;
  for (const command of [
    ["node", MANAGE, "seed"],
    [
      "sh",
      "-c",
      `printf %s "$2" > /tmp/password && ${create}; code=$?; rm /tmp/password; exit $code`,
      "sh",
      moderator,
      password,
    ],
  ]) {
    const { code, output } = await exec(app, command);
    if (code !== 0) throw new Error(`the stage cannot be set: ${output}`);
  }
  return { moderator, password };
}

import type { Database } from "../database/access.ts";
import type { AppValues } from "../settings.ts";
import { countAttempt, endWindows, forgetAttempts, forgiveAttempt } from "./attempt.ts";
import { hashOf } from "./session.ts";
import type { User } from "./user.ts";
import { preparedName } from "./user-name.ts";

type Limits = Pick<
  AppValues,
  "signInAttempts" | "signInAttemptsPerClient" | "signInAttemptsPerAccount" | "signInWindow"
>;

/** Wrong passwords that a client has for an account which too many clients are trying. */
const UNDER_ATTACK = 2;

export interface SignIn {
  /** The account; undefined: there is none of this name. */
  readonly user: Pick<User, "id"> | undefined;
  /** As entered. */
  readonly name: string;
  readonly client: string;
  /** The token of a browser from which this user has signed in before. */
  readonly device: string | undefined;
}

/**
 * Counts an attempt to sign in. No one's attempts can keep another one out:
 * - A known device counts alone. Others cannot know its token.
 * - Any other client has attempts of its own at each account, and a limit over all accounts.
 * - If many clients try one account, each of them has fewer attempts, but has some.
 * @returns 0 if the attempt is allowed; else the seconds until the next one is
 */
export async function countSignIn(
  database: Database,
  signIn: SignIn,
  limits: Limits,
): Promise<number> {
  await endWindows(database);
  const keys = keysOf(signIn);
  const count = (key: string) => countAttempt(database, key, limits.signInWindow);
  if (keys.device !== undefined) {
    const own = await count(keys.device);
    return own.count > limits.signInAttempts ? own.left : 0;
  }
  const client = await count(keys.client);
  if (client.count > limits.signInAttemptsPerClient) return client.left;
  const own = await count(keys.own);
  if (own.count > limits.signInAttempts) return own.left;
  const account = await count(keys.account);
  const isAttacked = account.count > limits.signInAttemptsPerAccount;
  return isAttacked && own.count > UNDER_ATTACK ? own.left : 0;
}

/** After a success: forgets this client's attempts at the account, and takes the others' one back. */
export async function forgiveSignIn(database: Database, signIn: SignIn): Promise<void> {
  const keys = keysOf(signIn);
  if (keys.device !== undefined) {
    await forgetAttempts(database, keys.device);
    return;
  }
  await forgetAttempts(database, keys.own);
  for (const key of [keys.client, keys.account]) await forgiveAttempt(database, key);
}

/** An account counts as one however its name is written; so does a name without an account. */
function keysOf({ user, name, client, device }: SignIn) {
  const account = user === undefined ? preparedName(name).toLowerCase() : `#${user.id}`;
  return {
    device: device === undefined ? undefined : `device ${hashOf(device)}`,
    client: `client ${client}`,
    own: `client ${client} account ${account}`,
    account: `account ${account}`,
  };
}

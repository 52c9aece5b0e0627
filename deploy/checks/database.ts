import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import type { Clone } from "../clone.ts";
import { EXTERNAL_PASSWORDS, isExternal } from "../database/external.ts";
import { refusal } from "../database/refusal.ts";
import { takeApart } from "../database/url.ts";
import { sourceOf } from "../env/environment.ts";
import { DATABASE_AUTHORITY, readSecret } from "../secrets/secrets.ts";
import { bad, type Check, type Finding, good, type Subject } from "./check.ts";
import { volumeFinding } from "./engine.ts";

/** The database of DATABASE_URL lets the application and `migrate` in; or the stack's own has its password. */
export const databaseCheck: Check = {
  name: "database",
  needs: ["engine", "settings"],
  check: async (subject) => {
    if (!isExternal(subject.environment)) return [await volumeFinding(subject)];
    return externalFindings(subject);
  },
};

/** The same for `make up`, which has looked at the volume before. */
export const externalDatabaseCheck: Check = {
  name: "database",
  needs: [],
  check: async (subject) =>
    isExternal(subject.environment) ? externalFindings(subject) : [good("the stack's own")],
};

async function externalFindings({ clone, environment }: Subject): Promise<Finding[]> {
  const findings: Finding[] = [];
  for (const [variable, secret] of Object.entries(EXTERNAL_PASSWORDS)) {
    const word = environment.own[variable] ?? "";
    if (word === "") continue;
    const { url, password, authority } = takeApart(word);
    const reason = await refusal(
      url,
      password ?? (await readSecret(clone, secret)).trimEnd(),
      await authorityOf(clone, authority),
    );
    const { username, host, pathname } = new URL(url);
    const name = `${username} at ${host}${pathname}`;
    const line = `${sourceOf(environment, variable)}${variable}`;
    findings.push(
      reason === undefined
        ? good(`${variable} lets ${name} in`)
        : bad(`${line} (${name}): ${reason.text}`, reason.exitCode),
    );
  }
  return findings;
}

async function authorityOf(clone: Clone, path: string | undefined): Promise<string> {
  if (path === undefined) return readSecret(clone, DATABASE_AUTHORITY);
  return readFile(resolve(clone.root, path), "utf8").catch(() => "");
}

import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Clone } from "../clone.ts";
import { daysLeft } from "../secrets/certificate.ts";
import { SECRET_MODES, SECRETS_FOLDER_MODE } from "../secrets/secrets.ts";
import { bad, type Check, type Finding, good } from "./check.ts";

/** The files in secrets/ exist, have the right modes, and have not expired. */
export const secretsCheck: Check = {
  name: "secrets",
  needs: [],
  check: async ({ clone }) => {
    const folder = await modeOf(clone.secrets);
    if (folder === undefined) return [good("not made yet: make up makes them")];
    const problems = await fileProblems(clone);
    if ((folder & 0o077) !== 0) {
      const fix = `chmod ${octal(SECRETS_FOLDER_MODE)} secrets`;
      problems.unshift(`secrets/ is open to other users (mode ${octal(folder)}): ${fix}`);
    }
    if (problems.length > 0) return problems.map((problem) => bad(problem));
    return [await certificateFinding(clone)];
  },
};

async function fileProblems(clone: Clone): Promise<string[]> {
  const problems: string[] = [];
  for (const [name, wanted] of Object.entries(SECRET_MODES)) {
    const file = `secrets/${name}`;
    const mode = await modeOf(join(clone.secrets, name));
    if (mode === undefined) {
      problems.push(`${file} is missing: make up makes a new one`);
      // The owner's right to write does not matter: some editors set it.
    } else if ((mode & 0o477) !== wanted) {
      const fix = `chmod ${octal(wanted)} ${file}`;
      problems.push(`${file} has mode ${octal(mode)}, not ${octal(wanted)}: ${fix}`);
    }
  }
  return problems;
}

async function certificateFinding(clone: Clone): Promise<Finding> {
  const certificate = await readFile(join(clone.secrets, "tls.crt"), "utf8");
  try {
    const days = daysLeft(certificate, new Date());
    if (days >= 0) return good(`the certificate is valid for ${days} more days`);
    return bad(
      `the certificate secrets/tls.crt expired ${-days} days ago: make up renews one of the local ` +
        "CA; replace one of your own with a new one",
    );
  } catch {
    return bad("secrets/tls.crt is not a certificate: delete it, and make up makes one");
  }
}

async function modeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ mode }) => mode & 0o777,
    () => undefined,
  );
}

const octal = (mode: number) => mode.toString(8).padStart(4, "0");

import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { type Check, good, warning } from "./check.ts";

/** The files of settings may have passwords and keys, so only their owner should read them. */
export const envFilesCheck: Check = {
  name: "files",
  needs: [],
  check: async ({ clone }) => {
    const open: string[] = [];
    for (const file of [clone.envFile, clone.applicationEnvFile]) {
      const mode = (await stat(file).catch(() => undefined))?.mode ?? 0;
      if ((mode & 0o077) !== 0) open.push(basename(file));
    }
    if (open.length === 0) return [good(".env and app.env are open to their owner alone")];
    const names = open.join(" and ");
    const fix = `chmod 600 ${open.join(" ")}`;
    return [warning(`other users of this machine may read ${names}: ${fix}`)];
  },
};

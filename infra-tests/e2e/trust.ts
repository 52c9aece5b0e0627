import { execFileSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";

/** Makes Chromium trust the clone's authority, as `make trust` of a person's own browser would. */
export default function trust(): void {
  const { HOME = "", AUTHORITY = "" } = process.env;
  const folder = join(HOME, ".pki/nssdb");
  mkdirSync(folder, { recursive: true });
  const certutil = (...parameters: string[]) =>
    execFileSync("certutil", ["-d", `sql:${folder}`, ...parameters]);
  certutil("-N", "--empty-password");
  certutil("-A", "-t", "C,,", "-n", "gatehouse", "-i", AUTHORITY);
}

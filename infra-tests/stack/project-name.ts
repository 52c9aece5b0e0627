import { createHash, randomBytes } from "node:crypto";
import { hostname } from "node:os";

/** Marks what the tests add to a project by themselves, with the project's name as its value. */
export const testLabel = "gatehouse.test.project";

const machine = createHash("sha256").update(hostname()).digest("hex").slice(0, 6);
const pattern = /^gatehouse-test-([0-9a-f]{6})-(\d+)-[0-9a-f]{4}$/;

/** A Compose project name of its own for this run; it tells machine and process, for the sweep. */
export function newProjectName(): string {
  return `gatehouse-test-${machine}-${process.pid}-${randomBytes(2).toString("hex")}`;
}

/** Whether the project is a test run of this machine whose process is no more. */
export function isLeftover(project: string): boolean {
  const [, where, pid] = pattern.exec(project) ?? [];
  if (where !== machine || pid === undefined) return false;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

import { runGatehouse } from "./gatehouse.ts";
import { runCommand } from "./problem.ts";

/** The command `gatehouse` of a project of one's own. */
await runCommand(() => runGatehouse(process.argv.slice(2)));

import { openClone } from "./clone.ts";
import { run } from "./command.ts";
import { print } from "./print.ts";
import { Problem, runCommand } from "./problem.ts";
import { makeVersion } from "./versions/version-command.ts";

/** `make version VERSION=1.0.0`: everything is proven first, however long that takes. */
await runCommand(async () => {
  const tests = async (root: string): Promise<void> => {
    const args = ["deploy/test.ts", "prove"];
    const { code } = await run(process.execPath, args, { cwd: root, stream: true });
    if (code !== 0) throw new Problem("make prove failed: see the lines above");
  };
  print(await makeVersion(openClone().root, process.env.VERSION ?? "", tests));
});

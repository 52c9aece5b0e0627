import { openClone } from "./clone.ts";
import { stoppable } from "./interruption.ts";
import { buildPackages } from "./packaging/build.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

/** `npm run packages`: builds what is ours as npm packages. */
await runCommand(async () => {
  const { version, folder, tarballs } = await stoppable("nothing was built", () =>
    buildPackages(openClone().root),
  );
  print(`${tarballs.length} packages of version ${version} in ${folder}\n`);
});

import { openClone } from "./clone.ts";
import { readSource, resolve, writeResolved } from "./kubernetes/compose/resolved.ts";
import { filesOf } from "./kubernetes/generate.ts";
import { write } from "./kubernetes/write.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";

await runCommand(async () => {
  const { root } = openClone();
  const model = await resolve(root);
  const files = filesOf(readSource(root), model, root);
  writeResolved(root, model);
  const written = write(files);
  print(
    written.length === 0
      ? "deploy/kubernetes is what compose.yaml says\n"
      : `wrote ${written.map((path) => `deploy/kubernetes/${path}`).join(", ")}\n`,
  );
});

import { openClone } from "./clone.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { print } from "./print.ts";
import { runCommand } from "./problem.ts";
import { Journal } from "./releases/journal.ts";
import { releasesTable } from "./releases/report.ts";

await runCommand(async () => {
  const clone = openClone();
  const journal = await Journal.open({ clone, settings: valuesOf(await readEnvironment(clone)) });
  print(releasesTable(journal.kept, journal.current?.number, journal.entries));
});

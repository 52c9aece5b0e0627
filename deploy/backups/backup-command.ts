import { resolve } from "node:path";
import { run } from "../command.ts";
import { Interruption } from "../interruption.ts";
import { Problem } from "../problem.ts";
import { claimDeployLock } from "../releases/lock.ts";
import { Stages } from "../stages.ts";
import { type Context, contextOf, requireRunning } from "./context.ts";
import { prune } from "./prune.ts";
import { requireNoUnfinished } from "./quiet-site.ts";
import { parseRule } from "./retention.ts";
import { takeBackup } from "./take.ts";
import { Toolbox } from "./toolbox.ts";

/** `make backup`. @returns its last lines */
export async function backUp(): Promise<string> {
  const context = await contextOf();
  const { stack } = context;
  await requireRunning(stack, "back up");
  using _lock = await claimDeployLock(stack.settings.project, "backup");
  const stages = new Stages();
  const folder = await withToolbox(context, async (toolbox) => {
    await requireNoUnfinished(stack, await (await toolbox.media()).run("leftover"));
    return await takeBackup(context, toolbox, "make backup", stages);
  });
  // The hook first: until the new one is elsewhere too, the older ones may be all that is left of this machine.
  await runHook(context, folder);
  const rule = parseRule(context.settings.keep) ?? "all";
  const removed = await prune(context.folder, rule, folder);
  const gone = removed.length === 0 ? "" : `\nremoved by BACKUP_KEEP: ${removed.join(", ")}`;
  return `\n${folder}\n${stages.summary()}${gone}\n`;
}

/**
 * Works with a toolbox. Ctrl-C ends its programs, and so the work, which cleans up, unless it must finish.
 * @throws Problem, after a signal with its exit code
 */
export async function withToolbox<Result>(
  { stack }: Context,
  work: (toolbox: Toolbox, interruption: Interruption) => Promise<Result>,
): Promise<Result> {
  using interruption = new Interruption();
  const toolbox = await Toolbox.start(stack, () => {});
  void interruption.arrived.then(() => {
    if (!toolbox.finishing) return toolbox[Symbol.asyncDispose]();
  });
  try {
    return await work(toolbox, interruption);
  } catch (error) {
    throw toolbox.finishing ? error : interruption.reasonFor(error);
  } finally {
    await toolbox[Symbol.asyncDispose]();
  }
}

/** Copies it off this machine, in the operator's own way. @throws Problem if that fails; the backup stays */
async function runHook({ stack, settings }: Context, folder: string): Promise<void> {
  if (settings.hook === "") return;
  const program = resolve(stack.clone.root, settings.hook);
  const { code, output } = await run(program, [folder], { cwd: stack.clone.root, stream: true });
  if (code === 0) return;
  throw new Problem(
    `the backup ${folder} is complete, but BACKUP_HOOK=${settings.hook} failed (exit code ${code}` +
      `${output.trim() === "" ? "" : ", see above"}): this machine alone has it`,
  );
}

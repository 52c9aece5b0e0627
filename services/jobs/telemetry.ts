import type { Readiness } from "@gatehouse/telemetry";
import type { Program } from "./program.ts";
import type { TaskCounts, TaskRunner } from "./schedule/runner.ts";

const OUTCOMES: readonly (keyof TaskCounts)[] = ["succeeded", "failed", "skipped"];

/** The metrics in Prometheus' text format. */
export async function metricsOf(
  program: Program | undefined,
  tasks: readonly TaskRunner[],
): Promise<string> {
  const runs = tasks.flatMap(({ task, counts }) =>
    OUTCOMES.map(
      (outcome) =>
        `jobs_task_runs_total{task="${task.name}",outcome="${outcome}"} ${counts[outcome]}`,
    ),
  );
  return [
    "# HELP jobs_task_runs_total Runs of scheduled tasks by how they ended; skipped are those that did not begin.",
    "# TYPE jobs_task_runs_total counter",
    ...runs,
    "# HELP jobs_program_restarts_total How often the program has ended and was started again.",
    "# TYPE jobs_program_restarts_total counter",
    `jobs_program_restarts_total ${program?.restarts ?? 0}`,
    "",
  ].join("\n");
}

/** The page /status. */
export function statusOf(
  state: Readiness,
  program: Program | undefined,
  tasks: readonly TaskRunner[],
) {
  return {
    state,
    program: program && { running: program.isRunning, restarts: program.restarts },
    tasks: tasks.map(({ task, isRunning, counts }) => ({
      name: task.name,
      cron: task.cron,
      time_zone: task.timeZone,
      next: task.nextAfter(new Date())?.toISOString(),
      running: isRunning,
      ...counts,
    })),
  };
}

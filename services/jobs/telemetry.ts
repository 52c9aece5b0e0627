import { counter, gauge, type Readiness } from "@gatehouse/telemetry";
import { AggregatorRegistry } from "prom-client";
import type { Program } from "./program.ts";
import type { TaskCounts, TaskRunner } from "./schedule/runner.ts";

const STATES: readonly Readiness[] = ["starting", "ready", "draining"];
const OUTCOMES: readonly (keyof TaskCounts)[] = ["succeeded", "failed", "skipped"];

/** The metrics in Prometheus' text format. */
export async function metricsOf(
  state: Readiness,
  program: Program | undefined,
  tasks: readonly TaskRunner[],
): Promise<string> {
  const metrics = [
    gauge(
      "jobs_state",
      "1 for the state that the background jobs are in",
      STATES.map((each) => ({ labels: { state: each }, value: each === state ? 1 : 0 })),
    ),
    counter(
      "jobs_program_restarts_total",
      "How often the program has ended and was started again",
      program?.restarts ?? 0,
    ),
    counter(
      "jobs_task_runs_total",
      "Runs of scheduled tasks by how they ended; skipped are those that did not begin",
      tasks.flatMap(({ task, counts }) =>
        OUTCOMES.map((outcome) => ({
          labels: { task: task.name, outcome },
          value: counts[outcome],
        })),
      ),
    ),
    gauge(
      "jobs_task_overdue_seconds",
      "How long the first time of a task is past that has had no run; 0 if none is",
      tasks.map((each) => ({
        labels: { task: each.task.name },
        value: each.overdue(new Date()) / 1000,
      })),
    ),
  ];
  return await AggregatorRegistry.aggregate([metrics]).metrics();
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

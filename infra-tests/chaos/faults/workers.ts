import { type Evidence, killedForMemory, workerGone } from "../evidence.ts";
import type { Fault } from "../fault.ts";

const goneOf = (replica: number): Evidence =>
  workerGone(async (stack) => [await stack.adminOf(replica)]);

/** What happens to one worker of one replica. Each replica has two. */
export const workers: readonly Fault[] = [
  {
    name: "worker-killed",
    title: "A worker is killed",
    symptom: "The gateway logs `worker died` with a signal; single requests fail with 502.",
    survives:
      "Requests that may be repeated are sent to another replica. The primary starts another worker at once.",
    todo: "Nothing. If it repeats, look for an out-of-memory kill: `docker events`, `dmesg`.",
    seconds: 4,
    bars: { mayFail: { post: 1 }, recovers: 0.5, slowest: 1000 },
    evidence: goneOf(1),
    begin: (stack) => stack.breakWorker(1, "kill"),
  },
  {
    name: "worker-stuck",
    title: "A worker computes without end",
    symptom:
      "Some requests wait for GATEWAY_TIMEOUT (here 5 s); then the log has the worker's stack.",
    survives:
      "The other workers go on. After GATEWAY_TIMEOUT the worker is killed, its stack is logged, and its connections get an error.",
    todo: "The stack in the log names the line of the application.",
    seconds: 9,
    bars: { mayFail: { page: 4, fresh: 2, rows: 2, post: 2 }, recovers: 0.5, slowest: 8000 },
    because: "Nothing tells a slow worker from a stuck one before GATEWAY_TIMEOUT is over.",
    evidence: goneOf(1),
    begin: (stack) => stack.breakWorker(1, "hang"),
  },
  {
    name: "worker-stopped",
    title: "A worker is frozen (SIGSTOP)",
    symptom: "As a stuck worker, and there is no stack.",
    survives: "As a stuck worker: the primary kills it after GATEWAY_TIMEOUT.",
    todo: "Find who sends the signal: a debugger, a checkpoint of the host.",
    seconds: 9,
    bars: { mayFail: { page: 4, fresh: 2, rows: 2, post: 2 }, recovers: 0.5, slowest: 8000 },
    because: "Nothing tells a slow worker from a frozen one before GATEWAY_TIMEOUT is over.",
    evidence: goneOf(2),
    begin: (stack) => stack.breakWorker(2, "freeze"),
  },
  {
    name: "worker-throws",
    title: "An error that nothing catches ends a worker",
    symptom: "The log has the error with its stack; the worker is replaced.",
    survives: "The worker ends at once, with the requests that it had; another one starts.",
    todo: "Mend the line that the stack names.",
    seconds: 4,
    bars: { mayFail: { post: 1 }, recovers: 0.5, slowest: 1000 },
    evidence: goneOf(2),
    begin: (stack) => stack.breakWorker(2, "throw"),
  },
  {
    name: "out-of-memory",
    title: "A worker takes all memory of its container",
    symptom: "`docker events` has `oom`; the gateway logs that a worker was killed.",
    survives:
      "The kernel kills the worker, which is the largest process of its container. No other container is touched.",
    todo: "Set GATEWAY_MAX_RSS, so that a worker that grows is replaced before; find the leak by a heap snapshot of the application (`node --heapsnapshot-signal`).",
    seconds: 6,
    bars: { mayFail: { page: 1, fresh: 1, rows: 1, post: 2 }, recovers: 0.5, slowest: 3000 },
    evidence: killedForMemory("app", 1),
    begin: (stack) => stack.breakWorker(1, "eat"),
  },
];

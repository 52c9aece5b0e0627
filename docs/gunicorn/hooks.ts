import type { Counterpart } from "./counterpart.ts";

/** The server hooks. */
export const hooks: readonly Counterpart[] = [
  { gunicorn: "on_starting", hook: "onStarting", why: "a throw stops the start" },
  { gunicorn: "on_reload", hook: "onReload", why: "the same" },
  {
    gunicorn: "when_ready",
    hook: "whenReady",
    why: "when every worker serves, not when the socket is open",
  },
  {
    gunicorn: "pre_fork",
    why: "a Node worker inherits nothing from the primary: there is nothing to prepare",
  },
  {
    gunicorn: "post_fork",
    hook: "postFork",
    why: "in the worker, before the application is loaded",
  },
  { gunicorn: "post_worker_init", hook: "postWorkerInit", why: "the same" },
  {
    gunicorn: "worker_int",
    why: "INT reaches the primary, which ends the workers at once; a graceful end has workerExit",
  },
  {
    gunicorn: "worker_abort",
    hook: "workerAbort",
    why: "in the primary, since the worker is stuck; it is given the stack",
  },
  {
    gunicorn: "pre_exec",
    why: "there is no upgrade of the primary in place: a release replaces containers",
  },
  { gunicorn: "pre_request", hook: "preRequest", why: "the same" },
  { gunicorn: "post_request", hook: "postRequest", why: "is given the status and the duration" },
  { gunicorn: "child_exit", hook: "childExit", why: "is given the cause" },
  { gunicorn: "worker_exit", hook: "workerExit", why: "the same" },
  { gunicorn: "nworkers_changed", hook: "nworkersChanged", why: "the same" },
  { gunicorn: "on_exit", hook: "onExit", why: "the same" },
  { gunicorn: "ssl_context", why: "TLS is the web server's" },
];

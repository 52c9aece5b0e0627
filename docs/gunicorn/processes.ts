import type { Counterpart } from "./counterpart.ts";

const DIRTY =
  "a second pool for heavy work is a queue's job: a process of its own, that a release can restart";
const UNPRIVILEGED = "the gateway starts without privileges, in a container or as a service's user";
const PYTHON = "Python's; Node resolves modules from package.json and node_modules";

/** Configuration, control, debugging, workers, process mechanics. */
export const processes: readonly Counterpart[] = [
  { gunicorn: "config", settings: ["config"], why: "TypeScript with types; read where it exists" },
  { gunicorn: "wsgi_app", settings: ["app"], why: "`gateway app.ts`: an operand outranks it" },
  { gunicorn: "control_socket", settings: ["controlSocket"], why: "the verbs use it" },
  {
    gunicorn: "control_socket_mode",
    why: "always 0600: who may stop the site is no default to widen",
  },
  { gunicorn: "control_socket_disable", settings: ["controlSocket"], why: "`off`" },
  { gunicorn: "reload", other: "`node --watch`", why: "development is Node's own watch mode" },
  { gunicorn: "reload_engine", other: "`node --watch`", why: "as above" },
  { gunicorn: "reload_extra_files", other: "`node --watch-path`", why: "as above" },
  {
    gunicorn: "spew",
    other: "`gateway dump PID`",
    why: "where a worker is, rather than every line",
  },
  {
    gunicorn: "check_config",
    other: "`--check-config`",
    why: "boots the application, probes it, says yes or no",
  },
  {
    gunicorn: "print_config",
    other: "`--print-config`",
    why: "every value and where it came from",
  },
  { gunicorn: "on_dirty_starting", why: DIRTY },
  { gunicorn: "dirty_post_fork", why: DIRTY },
  { gunicorn: "dirty_worker_init", why: DIRTY },
  { gunicorn: "dirty_worker_exit", why: DIRTY },
  { gunicorn: "dirty_apps", why: DIRTY },
  { gunicorn: "dirty_workers", why: DIRTY },
  { gunicorn: "dirty_timeout", why: DIRTY },
  { gunicorn: "dirty_threads", why: DIRTY },
  { gunicorn: "dirty_graceful_timeout", why: DIRTY },
  {
    gunicorn: "workers",
    settings: ["workers"],
    why: "the default is the control group's CPU limit, not 1",
  },
  { gunicorn: "worker_class", why: "there is one class: an event loop, as asgi and gevent are" },
  { gunicorn: "threads", why: "a worker's requests share one event loop" },
  {
    gunicorn: "worker_connections",
    settings: ["maxInFlight"],
    why: "counts requests, not connections; beyond it they queue",
  },
  {
    gunicorn: "max_requests",
    settings: ["maxRequests"],
    why: "the next worker is ready before the old one retires",
  },
  { gunicorn: "max_requests_jitter", settings: ["maxRequestsJitter"], why: "the same" },
  {
    gunicorn: "timeout",
    settings: ["timeout"],
    why: "seconds of silence of the event loop; the stack is logged first",
  },
  {
    gunicorn: "graceful_timeout",
    settings: ["gracefulTimeout", "lameDuck"],
    why: "milliseconds, after the lame-duck time",
  },
  {
    gunicorn: "keepalive",
    settings: ["keepAlive"],
    why: "milliseconds; longer than the proxy in front keeps its side",
  },
  { gunicorn: "asgi_loop", why: "Node has one event loop" },
  {
    gunicorn: "asgi_lifespan",
    other: "`startup`, `ready`, `shutdown`",
    why: "used where the application exports them",
  },
  {
    gunicorn: "asgi_disconnect_grace_period",
    other: "`request.signal`",
    why: "aborted when the client leaves; nothing is cancelled by force",
  },
  { gunicorn: "http_parser", why: "Node's parser, in C" },
  {
    gunicorn: "preload_app",
    why: "Node cannot fork a loaded process; a worker is ready before it serves",
  },
  { gunicorn: "sendfile", why: "static files are the web server's" },
  {
    gunicorn: "chdir",
    settings: ["chdir"],
    why: "of the applications alone: the gateway's own paths stay where it was started",
  },
  { gunicorn: "daemon", why: "a container engine or a service manager keeps it in the background" },
  { gunicorn: "raw_env", other: "the environment", why: "who starts a process sets it" },
  {
    gunicorn: "pidfile",
    other: "`gateway status`",
    why: "the control socket finds the process, and never a stale one",
  },
  {
    gunicorn: "worker_tmp_dir",
    why: "the heartbeat is a message: no file, no disk that could block it",
  },
  { gunicorn: "user", why: UNPRIVILEGED },
  { gunicorn: "group", why: UNPRIVILEGED },
  { gunicorn: "umask", why: "the only file it makes with a mode is the control socket" },
  { gunicorn: "initgroups", why: UNPRIVILEGED },
  { gunicorn: "tmp_upload_dir", why: "bodies are streamed to the application, not stored" },
  { gunicorn: "pythonpath", why: PYTHON },
  { gunicorn: "paste", why: PYTHON },
  { gunicorn: "raw_paste_global_conf", why: PYTHON },
  {
    gunicorn: "proc_name",
    why: "`gateway status` names the processes; a title would hide the command line",
  },
  { gunicorn: "default_proc_name", why: "as above" },
];

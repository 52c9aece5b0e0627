import {
  askPostgres,
  diskFull,
  type Evidence,
  logged,
  type Response,
  startedAgain,
  stateIs,
} from "../evidence.ts";
import type { Fault } from "../fault.ts";

/** What needs the database may fail while it is away; nothing else may. */
const DEPENDENT = { rows: "all", post: "all" } as const;

/** The user of the database's files. */
const POSTGRES = "999:999";

/** Milliseconds that a packet takes longer, once in each direction. */
const LATENCY = 500;

/** Queries through the proxy end as the fault says, and had a result before. */
const responding =
  (shows: (response: Response) => boolean): Evidence =>
  async (stack) => {
    const { host, port } = await stack.databaseProxy();
    const ask = () => askPostgres(host, port, 4 * LATENCY);
    const { error } = await ask();
    if (error !== undefined) throw new Error(`before the fault, the database: ${error}`);
    return async () => {
      const response = await ask();
      const words = response.error ?? `a byte after ${response.within?.toFixed(0)} ms`;
      return shows(response) ? `the database's port: ${words}` : undefined;
    };
  };

const SURVIVES =
  "Pages and files that do not need the database are served; the others respond with 503 and Retry-After. The gateways stay ready: a restart would not help.";

export const database: readonly Fault[] = [
  {
    name: "database-stopped",
    title: "Postgres is stopped and started",
    symptom: "503 on pages that need it; `make ps` shows `db` as exited.",
    survives: SURVIVES,
    todo: "`docker compose start db`.",
    seconds: 6,
    bars: { mayFail: DEPENDENT, recovers: 5, slowest: 1000 },
    evidence: stateIs("exited", "db"),
    async begin(stack) {
      await (await stack.container("db")).stop();
    },
    async end(stack) {
      await (await stack.container("db")).start();
    },
  },
  {
    name: "database-killed",
    title: "Postgres is killed while it writes",
    symptom:
      "503 for a few seconds; the log of `db` has `database system was not properly shut down`.",
    survives: `${SURVIVES} Docker starts it again, and what it acknowledged is there.`,
    todo: "Nothing. If it repeats, look for memory.",
    seconds: 4,
    bars: { mayFail: DEPENDENT, recovers: 5, slowest: 1000 },
    evidence: startedAgain("db"),
    begin: (stack) => stack.killContainer("db"),
  },
  {
    name: "database-slow",
    title: "Each packet between application and database takes half a second longer",
    symptom: "Pages that need it are slow; the others are not.",
    survives: "Pages without it are as fast as ever: the pool of connections bounds what waits.",
    todo: "Look at the network, and at `pg_stat_activity`.",
    seconds: 8,
    bars: { mayFail: DEPENDENT, recovers: 5, slowest: 1000 },
    evidence: responding(({ within = 0 }) => within >= LATENCY),
    begin: (stack) => stack.addToxic("latency", { latency: LATENCY, jitter: 0 }),
    end: (stack) => stack.removeToxics(),
  },
  {
    name: "database-silent",
    title: "Connections to the database are open, and nothing comes back",
    symptom: "503 after the application's own limit, here 2 s, on pages that need it.",
    survives: "An application with a limit for a query gives up, and opens other connections.",
    todo: "Give each query a limit in the application; restart the replicas if it has none.",
    seconds: 8,
    bars: { mayFail: DEPENDENT, recovers: 5, slowest: 1000 },
    evidence: responding(({ error = "" }) => error.startsWith("no byte")),
    begin: (stack) => stack.addToxic("timeout", { timeout: 0 }),
    end: (stack) => stack.removeToxics(),
  },
  {
    name: "database-resets",
    title: "Connections to the database are reset",
    symptom: "503 on pages that need it, `ECONNRESET` in the log.",
    survives: SURVIVES,
    todo: "Look for a firewall or a pooler between them.",
    seconds: 6,
    bars: { mayFail: DEPENDENT, recovers: 5, slowest: 1000 },
    evidence: responding(({ error }) => error === "ECONNRESET"),
    begin: (stack) => stack.addToxic("reset_peer", { timeout: 0 }),
    end: (stack) => stack.removeToxics(),
  },
  {
    name: "database-refuses",
    title: "The database accepts no more connections",
    symptom: "503 on pages that need it, `too many connections` or `too many clients` in the log.",
    survives: SURVIVES,
    todo: "Count: 2 x replicas x workers x (size of the pool + 1) + 2 must fit into `max_connections`, since old and new replicas run side by side in a deploy. Lower the size of the pool or raise `max_connections`.",
    seconds: 6,
    bars: { mayFail: DEPENDENT, recovers: 5, slowest: 1000 },
    evidence: logged("too many connections for role", "db"),
    async begin(stack) {
      await stack.sql(
        "ALTER ROLE gatehouse_site CONNECTION LIMIT 0",
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'gatehouse_site'",
      );
    },
    async end(stack) {
      await stack.sql("ALTER ROLE gatehouse_site CONNECTION LIMIT -1");
    },
  },
  {
    name: "database-disk-full",
    title: "The disk of the database is full",
    symptom: "Writes fail with 503; the log of `db` has `No space left on device`.",
    survives:
      "Postgres stops when it cannot write its write-ahead log, and Docker tries again, ever more seldom. What it acknowledged is there.",
    todo: "Free space on the volume; `docker compose restart db` if you do not want to wait for Docker.",
    seconds: 8,
    bars: { mayFail: DEPENDENT, recovers: 15, slowest: 1000 },
    because: "Docker's own wait between two starts doubles each time.",
    // The proxy has the volume too, and runs.
    evidence: diskFull("toxiproxy", "/database"),
    async begin(stack) {
      const filler = "dd if=/dev/zero of=/volume/filler bs=1M || true";
      await stack.onVolume("db", POSTGRES, filler);
      // What has room in a segment of the write-ahead log that exists already does not need the disk.
      await stack.sql("SELECT pg_switch_wal()").catch(() => undefined);
    },
    end: (stack) => stack.onVolume("db", POSTGRES, "rm /volume/filler"),
  },
];

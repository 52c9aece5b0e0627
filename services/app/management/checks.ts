import { readFileSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { SQL } from "drizzle-orm";
import type { Database } from "../database/access.ts";
import { connectionShortage } from "../database/capacity.ts";
import { withDatabase } from "../database/connect.ts";
import { sql } from "../database/drizzle.ts";
import type { AppValues } from "../settings.ts";

export interface CheckInput {
  readonly values: AppValues;
  /** The environment of the process. A container has the settings of its own tier: `make doctor` checks the edge's. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

export interface Check {
  readonly id: string;
  readonly rule: string;
  /** What happens if the rule is broken. */
  readonly why: string;
  readonly fix: string;
  /** @returns the problem in words; undefined if the rule is kept */
  readonly find: (input: CheckInput) => Promise<string | undefined>;
}

/** Rules that hold wherever the application runs. */
export const BASIC_CHECKS: readonly Check[] = [
  {
    id: "migrations",
    rule: "The database has every migration of this release",
    why: "Pages that need a missing column respond with 500.",
    fix: "Run manage migrate; make up does.",
    find: (input) => findInDatabase(input, pendingMigration),
  },
  {
    id: "connections",
    rule: "The connections of all workers, twice, fit the database's max_connections",
    why: "During a deploy the old and the new workers are connected; the new ones could not start.",
    fix: "Lower APP_DATABASE_POOL_SIZE, GATEWAY_WORKERS or REPLICAS, or raise max_connections.",
    find: (input) =>
      findInDatabase(input, (database) => connectionShortage(database, input.values)),
  },
];

const SHORTEST_SECRET = 16;
/** The edge's limits, unless it has others: bytes of a request body, milliseconds for a response. */
const EDGE = { body: 64 * 1024 ** 2, timeout: 60_000 } as const;
/** Bytes of a form without its picture, with a margin. */
const FORM = 256 * 1024;

/** More rules, for a site on the internet. */
export const DEPLOY_CHECKS: readonly Check[] = [
  {
    id: "environment",
    rule: "NODE_ENV is production",
    why: "Otherwise runserver starts, errors show their stack, and seeded accounts have a password.",
    fix: "Set NODE_ENV=production; Dockerfile.app does.",
    find: async ({ values }) => (values.env === "production" ? undefined : `it is ${values.env}`),
  },
  {
    id: "inspector",
    rule: "No debugger can be attached",
    why: "A client of the inspector's port can run any code as the application.",
    fix: "Remove --inspect from NODE_OPTIONS.",
    find: async ({ environment: { NODE_OPTIONS: flags = "" } }) =>
      /--inspect\b(?!-port)/.test(flags) ? `NODE_OPTIONS is ${flags}` : undefined,
  },
  {
    id: "trusted-proxies",
    rule: "Forwarded header fields are accepted from known proxies only",
    why: "A client that can forge them chooses its own address, host and scheme.",
    fix: "Set GATEWAY_TRUSTED_PROXIES to your proxies' addresses.",
    find: async ({ environment: { GATEWAY_TRUSTED_PROXIES: proxies = "" } }) =>
      /(^|,)\s*(0\.0\.0\.0|::)\/0/.test(proxies)
        ? `GATEWAY_TRUSTED_PROXIES=${proxies} trusts every client`
        : undefined,
  },
  {
    id: "database-password",
    rule: "The database's password comes from a file",
    why: "Child processes, docker inspect and error reports show variables.",
    fix: "Set DATABASE_PASSWORD_FILE to a secret's file; make up makes secrets/database_password.",
    find: async ({ values, environment }) => {
      if (environment.PGPASSWORD) return "PGPASSWORD is set";
      return values.databasePasswordFile === "" ? "DATABASE_PASSWORD_FILE is not set" : undefined;
    },
  },
  {
    id: "secret-files",
    rule: `Secret files have ${SHORTEST_SECRET} characters or more, and only their owner can write them`,
    why: "A short secret can be guessed; a writable one can be replaced.",
    fix: "chmod o-w the file and its folder; remove a short one and run make up, which makes another.",
    find: async ({ values: { databasePasswordFile: file } }) =>
      file === "" ? undefined : await secretProblem(file),
  },
  {
    id: "upload-limit",
    rule: "The edge accepts the uploads that the application allows",
    why: "Otherwise the visitor gets the edge's 413, without the form and its text.",
    fix: "Raise WEB_LIMIT_REQUEST_BODY, or lower APP_PICTURE_LIMIT.",
    find: async ({ values, environment }) => {
      // 0 means no limit.
      const edge = Number(environment.WEB_LIMIT_REQUEST_BODY || EDGE.body) || Infinity;
      const largest = values.pictureLimit + FORM;
      return largest <= edge
        ? undefined
        : `a form can have ${largest} bytes, the edge accepts ${edge} bytes`;
    },
  },
  {
    id: "query-timeout",
    rule: "A query times out before the edge does",
    why: "Otherwise the visitor gets the edge's 504 instead of the application's own page.",
    fix: "Lower APP_QUERY_TIMEOUT, or raise WEB_UPSTREAM_TIMEOUT.",
    find: async ({ values, environment }) => {
      const timeout = Number(environment.WEB_UPSTREAM_TIMEOUT || EDGE.timeout);
      const longest = values.connectTimeout + values.queryTimeout;
      return longest < timeout
        ? undefined
        : `connecting and one query can take ${longest} ms, the edge waits ${timeout} ms`;
    },
  },
];

const WRITABLE_BY_ALL = 0o002;

async function secretProblem(file: string): Promise<string | undefined> {
  try {
    const secret = (await readFile(file, "utf8")).trim();
    if (secret.length < SHORTEST_SECRET) return `${file} has only ${secret.length} characters`;
    if (new Set(secret).size < SHORTEST_SECRET / 2) return `${file} repeats a few characters`;
    for (const path of [file, dirname(file)]) {
      if ((await stat(path)).mode & WRITABLE_BY_ALL) return `every user can write ${path}`;
    }
    return undefined;
  } catch (error) {
    return `${file} cannot be read (${error instanceof Error ? error.message : error})`;
  }
}

async function findInDatabase(
  { values }: CheckInput,
  find: (database: Database) => Promise<string | undefined>,
): Promise<string | undefined> {
  try {
    return await withDatabase(values, find);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const JOURNAL = join(import.meta.dirname, "../migrations/meta/_journal.json");

interface Journal {
  readonly entries: readonly { readonly when: number; readonly tag: string }[];
}

/** The migrations of this release that the database lacks, in words. */
export async function pendingMigration(database: Database): Promise<string | undefined> {
  const { entries }: Journal = JSON.parse(readFileSync(JOURNAL, "utf8"));
  const exists = sql<boolean>`to_regclass('drizzle.__drizzle_migrations') is not null`;
  const newest = (await firstValue(database, exists, sql`(select 1) as one`))
    ? await firstValue(database, sql`max(created_at)`, sql`drizzle.__drizzle_migrations`)
    : 0;
  const pending = entries.filter(({ when }) => when > Number(newest ?? 0));
  return pending.length === 0 ? undefined : `it lacks ${pending.map(({ tag }) => tag).join(", ")}`;
}

async function firstValue<T>(
  database: Database,
  value: SQL<T>,
  table: SQL,
): Promise<T | undefined> {
  const [row] = await database.select({ value }).from(table);
  return row?.value;
}

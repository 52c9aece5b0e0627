import { createRequire } from "node:module";

/**
 * Loads a module of Drizzle from its CommonJS files. The site imports Drizzle's functions from this file alone; types
 * may come from "drizzle-orm".
 *
 * For each ES module of a package, Node 26.10 parses the "exports" of its package.json again (getPackageScopeConfig of
 * lib/internal/modules/package_json_reader.js). Those of Drizzle are 180 KB: the start of a process took 1.2 s of
 * processor time, and takes 0.35 s so. `time node -e 'import("drizzle-orm/pg-core")'` beside `require` shows whether
 * this is still needed.
 */
export const requireDrizzle = createRequire(import.meta.url);

export const {
  and,
  asc,
  count,
  desc,
  eq,
  getTableColumns,
  gt,
  inArray,
  isNull,
  lt,
  notExists,
  or,
  sql,
}: typeof import("drizzle-orm") = requireDrizzle("drizzle-orm");

export const {
  alias,
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
}: typeof import("drizzle-orm/pg-core") = requireDrizzle("drizzle-orm/pg-core");

export const { DrizzleQueryError }: typeof import("drizzle-orm/errors") =
  requireDrizzle("drizzle-orm/errors");

export const { drizzle }: typeof import("drizzle-orm/postgres-js") =
  requireDrizzle("drizzle-orm/postgres-js");

import { desc, sql } from "drizzle-orm";
import { bigint, check, pgTable, text, timestamp } from "drizzle-orm/pg-core";
import type { Database } from "./database.ts";

export const NAME_LIMIT = 60;
export const TEXT_LIMIT = 500;
const PAGE_SIZE = 20;

/** What people have pinned to the board. Lengths are in characters (code points). */
export const notices = pgTable(
  "notices",
  {
    id: bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    name: text().notNull(),
    text: text().notNull(),
    postedAt: timestamp("posted_at", { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    check(
      "notices_name",
      sql`char_length(${table.name}) between 1 and ${sql.raw(`${NAME_LIMIT}`)}`,
    ),
    check(
      "notices_text",
      sql`char_length(${table.text}) between 1 and ${sql.raw(`${TEXT_LIMIT}`)}`,
    ),
  ],
);

export type Notice = typeof notices.$inferSelect;

/** The newest notices, the newest first. */
export function newestNotices(database: Database): Promise<Notice[]> {
  return database.select().from(notices).orderBy(desc(notices.id)).limit(PAGE_SIZE);
}

export async function addNotice(
  database: Database,
  notice: Pick<Notice, "name" | "text">,
): Promise<void> {
  await database.insert(notices).values({ name: notice.name, text: notice.text });
}

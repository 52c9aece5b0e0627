import type { SQL } from "drizzle-orm";
import type { AnyPgColumn } from "drizzle-orm/pg-core";
import {
  bigint,
  boolean,
  check,
  customType,
  index,
  integer,
  pgTable,
  sql,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from "../database/drizzle.ts";
import { LIMITS } from "./text-lengths.ts";

const id = () => bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity();
const moment = (name: string) => timestamp(name, { withTimezone: true });
const now = (name: string) => moment(name).notNull().defaultNow();
const upTo = (column: AnyPgColumn, limit: number): SQL =>
  sql`char_length(${column}) between 1 and ${sql.raw(`${limit}`)}`;
const searchVector = customType<{ data: string }>({ dataType: () => "tsvector" });

/** Accounts. Names are unique in upper and lower case, and look different. */
export const users = pgTable(
  "users",
  {
    id: id(),
    name: text().notNull(),
    /** From user-name.ts. Null: the name of an old account looks like that of another one. */
    nameSkeleton: text("name_skeleton"),
    /** From password.ts. A value that is not a hash matches no password. */
    passwordHash: text("password_hash").notNull(),
    moderator: boolean().notNull().default(false),
    joinedAt: now("joined_at"),
  },
  (table) => [
    uniqueIndex("users_name").on(sql`lower(${table.name})`),
    uniqueIndex("users_name_skeleton").on(table.nameSkeleton),
    check("users_name_length", upTo(table.name, LIMITS.name)),
  ],
);

/** A row that is deleted together with the row of the other table. */
const belongsTo = (name: string, target: () => AnyPgColumn) =>
  bigint(name, { mode: "number" }).notNull().references(target, { onDelete: "cascade" });
const author = () => belongsTo("author_id", () => users.id);

/** The cookie holds the token, this table only its hash. */
export const sessions = pgTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: belongsTo("user_id", () => users.id),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("sessions_user").on(table.userId),
    index("sessions_expiry").on(table.expiresAt),
  ],
);

/** The browsers from which a user has signed in. The cookie holds the token, this table its hash. */
export const devices = pgTable(
  "devices",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: belongsTo("user_id", () => users.id),
    usedAt: now("used_at"),
  },
  (table) => [index("devices_user").on(table.userId, table.usedAt)],
);

/**
 * How often something was done lately: attempts to sign in, sign-ups, uploads. The name of the
 * table is older than the last two.
 */
export const attempts = pgTable(
  "sign_in_attempts",
  {
    key: text().primaryKey(),
    attempts: integer().notNull(),
    windowEndsAt: moment("window_ends_at").notNull(),
  },
  (table) => [index("sign_in_attempts_end").on(table.windowEndsAt)],
);

export const notices = pgTable(
  "notices",
  {
    id: id(),
    authorId: author(),
    title: text().notNull(),
    body: text().notNull(),
    picture: text(),
    /** Only the author and moderators may see the picture. */
    picturePrivate: boolean("picture_private").notNull().default(false),
    /** Since when a moderator hides the notice from everyone but its author. */
    hiddenAt: moment("hidden_at"),
    postedAt: now("posted_at"),
    editedAt: moment("edited_at"),
    /** The form's one-time token: a form that is sent twice makes one notice. */
    formToken: uuid("form_token").unique(),
    search: searchVector()
      .notNull()
      .generatedAlwaysAs(
        (): SQL => sql`to_tsvector('english', ${notices.title} || ' ' || ${notices.body})`,
      ),
  },
  (table) => [
    index("notices_author").on(table.authorId),
    index("notices_search").using("gin", table.search),
    uniqueIndex("notices_picture").on(table.picture),
    check("notices_title", upTo(table.title, LIMITS.title)),
    check("notices_body", upTo(table.body, LIMITS.body)),
  ],
);

export const comments = pgTable(
  "comments",
  {
    id: id(),
    noticeId: belongsTo("notice_id", () => notices.id),
    authorId: author(),
    body: text().notNull(),
    hiddenAt: moment("hidden_at"),
    postedAt: now("posted_at"),
    editedAt: moment("edited_at"),
    formToken: uuid("form_token").unique(),
  },
  (table) => [
    index("comments_notice").on(table.noticeId, table.id),
    index("comments_author").on(table.authorId),
    check("comments_body", upTo(table.body, LIMITS.comment)),
  ],
);

/**
 * Who reads a notice now: one row per connection, which its worker renews. No foreign keys: rows
 * live for seconds, and a row of a deleted notice must not make the renewal of others fail.
 */
export const readers = pgTable(
  "readers",
  {
    id: uuid().primaryKey(),
    noticeId: bigint("notice_id", { mode: "number" }).notNull(),
    /** Null: a guest. */
    userId: bigint("user_id", { mode: "number" }),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("readers_notice").on(table.noticeId),
    index("readers_expiry").on(table.expiresAt),
  ],
);

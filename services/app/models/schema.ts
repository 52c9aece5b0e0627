import { type SQL, sql } from "drizzle-orm";
import {
  type AnyPgColumn,
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
} from "drizzle-orm/pg-core";

/** What a field may hold, in characters (code points). Forms check it first, the database at last. */
export const LIMITS = { name: 30, title: 120, body: 4000, comment: 1000 } as const;

const id = () => bigint({ mode: "number" }).primaryKey().generatedAlwaysAsIdentity();
const moment = (name: string) => timestamp(name, { withTimezone: true });
const now = (name: string) => moment(name).notNull().defaultNow();
const upTo = (column: AnyPgColumn, limit: number): SQL =>
  sql`char_length(${column}) between 1 and ${sql.raw(`${limit}`)}`;
const searchVector = customType<{ data: string }>({ dataType: () => "tsvector" });

/** Who has an account. Names are compared without regard to case. */
export const users = pgTable(
  "users",
  {
    id: id(),
    name: text().notNull(),
    /** See password.ts; a value that is no hash fits no password. */
    passwordHash: text("password_hash").notNull(),
    moderator: boolean().notNull().default(false),
    joinedAt: now("joined_at"),
  },
  (table) => [
    uniqueIndex("users_name").on(sql`lower(${table.name})`),
    check("users_name_length", upTo(table.name, LIMITS.name)),
  ],
);

const author = () =>
  bigint("author_id", { mode: "number" })
    .notNull()
    .references(() => users.id, { onDelete: "cascade" });

/** Who is signed in. The cookie holds the token, this table only its hash. */
export const sessions = pgTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    userId: bigint("user_id", { mode: "number" })
      .notNull()
      .references(() => users.id, { onDelete: "cascade" }),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("sessions_user").on(table.userId),
    index("sessions_expiry").on(table.expiresAt),
  ],
);

/** How often somebody has tried to sign in lately: one row an account and one a client. */
export const signInAttempts = pgTable(
  "sign_in_attempts",
  {
    key: text().primaryKey(),
    attempts: integer().notNull(),
    windowEndsAt: moment("window_ends_at").notNull(),
  },
  (table) => [index("sign_in_attempts_end").on(table.windowEndsAt)],
);

/** What people have pinned to the board. */
export const notices = pgTable(
  "notices",
  {
    id: id(),
    authorId: author(),
    title: text().notNull(),
    body: text().notNull(),
    /** The picture's name in the media folder. */
    picture: text(),
    /** Shown to the author and to moderators only. */
    picturePrivate: boolean("picture_private").notNull().default(false),
    /** Since when a moderator hides the notice from all but its author. */
    hiddenAt: moment("hidden_at"),
    postedAt: now("posted_at"),
    editedAt: moment("edited_at"),
    /** The form's one-time token: the same form sent twice makes one notice. */
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

/** What people have answered below a notice. */
export const comments = pgTable(
  "comments",
  {
    id: id(),
    noticeId: bigint("notice_id", { mode: "number" })
      .notNull()
      .references(() => notices.id, { onDelete: "cascade" }),
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
 * Who is reading a notice right now: one row a connection, that its worker keeps alive. No foreign
 * keys: rows live for seconds, and one that outlives its notice must not keep others from being kept.
 */
export const readers = pgTable(
  "readers",
  {
    id: uuid().primaryKey(),
    noticeId: bigint("notice_id", { mode: "number" }).notNull(),
    /** Null: somebody who is not signed in. */
    userId: bigint("user_id", { mode: "number" }),
    expiresAt: moment("expires_at").notNull(),
  },
  (table) => [
    index("readers_notice").on(table.noticeId),
    index("readers_expiry").on(table.expiresAt),
  ],
);

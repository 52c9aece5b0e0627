-- Notices had no account behind them: what was pinned before stays, as the notices of "Passers-by".
ALTER TABLE "notices" RENAME TO "old_notices";--> statement-breakpoint
ALTER INDEX "notices_pkey" RENAME TO "old_notices_pkey";--> statement-breakpoint
ALTER SEQUENCE "notices_id_seq" RENAME TO "old_notices_id_seq";--> statement-breakpoint
CREATE TABLE "comments" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "comments_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"notice_id" bigint NOT NULL,
	"author_id" bigint NOT NULL,
	"body" text NOT NULL,
	"hidden_at" timestamp with time zone,
	"posted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"edited_at" timestamp with time zone,
	"form_token" uuid,
	CONSTRAINT "comments_form_token_unique" UNIQUE("form_token"),
	CONSTRAINT "comments_body" CHECK (char_length("comments"."body") between 1 and 1000)
);
--> statement-breakpoint
CREATE TABLE "notices" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "notices_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"author_id" bigint NOT NULL,
	"title" text NOT NULL,
	"body" text NOT NULL,
	"picture" text,
	"picture_private" boolean DEFAULT false NOT NULL,
	"hidden_at" timestamp with time zone,
	"posted_at" timestamp with time zone DEFAULT now() NOT NULL,
	"edited_at" timestamp with time zone,
	"form_token" uuid,
	"search" "tsvector" GENERATED ALWAYS AS (to_tsvector('english', "notices"."title" || ' ' || "notices"."body")) STORED NOT NULL,
	CONSTRAINT "notices_form_token_unique" UNIQUE("form_token"),
	CONSTRAINT "notices_title" CHECK (char_length("notices"."title") between 1 and 120),
	CONSTRAINT "notices_body" CHECK (char_length("notices"."body") between 1 and 4000)
);
--> statement-breakpoint
CREATE TABLE "readers" (
	"id" uuid PRIMARY KEY NOT NULL,
	"notice_id" bigint NOT NULL,
	"user_id" bigint,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sessions" (
	"token_hash" text PRIMARY KEY NOT NULL,
	"user_id" bigint NOT NULL,
	"expires_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "sign_in_attempts" (
	"key" text PRIMARY KEY NOT NULL,
	"attempts" integer NOT NULL,
	"window_ends_at" timestamp with time zone NOT NULL
);
--> statement-breakpoint
CREATE TABLE "users" (
	"id" bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY (sequence name "users_id_seq" INCREMENT BY 1 MINVALUE 1 MAXVALUE 9223372036854775807 START WITH 1 CACHE 1),
	"name" text NOT NULL,
	"password_hash" text NOT NULL,
	"moderator" boolean DEFAULT false NOT NULL,
	"joined_at" timestamp with time zone DEFAULT now() NOT NULL,
	CONSTRAINT "users_name_length" CHECK (char_length("users"."name") between 1 and 30)
);
--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_notice_id_notices_id_fk" FOREIGN KEY ("notice_id") REFERENCES "public"."notices"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "comments" ADD CONSTRAINT "comments_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "notices" ADD CONSTRAINT "notices_author_id_users_id_fk" FOREIGN KEY ("author_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "sessions" ADD CONSTRAINT "sessions_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "comments_notice" ON "comments" USING btree ("notice_id","id");--> statement-breakpoint
CREATE INDEX "comments_author" ON "comments" USING btree ("author_id");--> statement-breakpoint
CREATE INDEX "notices_author" ON "notices" USING btree ("author_id");--> statement-breakpoint
CREATE INDEX "notices_search" ON "notices" USING gin ("search");--> statement-breakpoint
CREATE UNIQUE INDEX "notices_picture" ON "notices" USING btree ("picture");--> statement-breakpoint
CREATE INDEX "readers_notice" ON "readers" USING btree ("notice_id");--> statement-breakpoint
CREATE INDEX "readers_expiry" ON "readers" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sessions_user" ON "sessions" USING btree ("user_id");--> statement-breakpoint
CREATE INDEX "sessions_expiry" ON "sessions" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "sign_in_attempts_end" ON "sign_in_attempts" USING btree ("window_ends_at");--> statement-breakpoint
CREATE UNIQUE INDEX "users_name" ON "users" USING btree (lower("name"));--> statement-breakpoint
INSERT INTO "users" ("name", "password_hash") SELECT 'Passers-by', 'none' WHERE EXISTS (SELECT FROM "old_notices");--> statement-breakpoint
INSERT INTO "notices" ("author_id", "title", "body", "posted_at")
SELECT "users"."id", left(regexp_replace("text", '\s+', ' ', 'g'), 120), "text" || E'\n\n– ' || "old_notices"."name", "old_notices"."posted_at"
FROM "old_notices", "users" ORDER BY "old_notices"."id";--> statement-breakpoint
DROP TABLE "old_notices";

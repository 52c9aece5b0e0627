import { withDatabase } from "../database/connect.ts";
import { endWindows } from "../models/attempt.ts";
import { clearSessions } from "../models/session.ts";
import { defineCommand } from "./command.ts";

export const clearsessionsCommand = defineCommand({
  summary: "deletes expired sessions, and attempts that no longer count",
  run: ({ values }) =>
    withDatabase(values, async (database) => {
      await endWindows(database);
      return `deleted ${await clearSessions(database)} expired sessions`;
    }),
});

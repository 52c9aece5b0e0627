import { PictureStore } from "../media/picture-store.ts";
import { hashPassword } from "../models/password.ts";
import type { AppValues } from "../settings.ts";
import { defineCommand } from "./command.ts";
import { seedBoard } from "./seed/seed-board.ts";
import { withDatabase } from "./with-database.ts";

/** Of every seeded account, outside of production. */
export const SEED_PASSWORD = "gatehouse demo";

/** What no password fits, since it is no hash. */
const NO_PASSWORD = "none";

export const seedCommand = defineCommand({
  summary: "fills the board with believable people, notices, comments and pictures",
  usage: "",
  options: {},
  run: ({ values }) => seed(values),
});

/**
 * Fills the board; run again, it adds what is missing. In production the seeded accounts have no
 * password, because everybody knows the one of development.
 * @returns one line for the operator
 */
export async function seed(values: AppValues): Promise<string> {
  const open = values.env !== "production";
  const passwordHash = open ? await hashPassword(SEED_PASSWORD) : NO_PASSWORD;
  const pictures = new PictureStore(values.mediaDirectory, values.pictureLimit);
  const { users, notices } = await withDatabase(values, (database) =>
    seedBoard(database, pictures, passwordHash),
  );
  const access = open
    ? `sign in as Ada, or as Marion who may moderate, with "${SEED_PASSWORD}"`
    : "nobody can sign in with these accounts, because this is production";
  return `${users} people and ${notices} notices are new; ${access}`;
}

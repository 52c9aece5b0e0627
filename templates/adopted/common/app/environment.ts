import { readFileSync } from "node:fs";

// Runs first in every process of the application. The stack's DATABASE_URL has no password: that is in a file, so
// that docker inspect does not show it. An application that wants other names gets them here.
const { DATABASE_URL = "", DATABASE_PASSWORD_FILE = "" } = process.env;

if (DATABASE_URL !== "" && DATABASE_PASSWORD_FILE !== "") {
  const url = new URL(DATABASE_URL);
  url.password = readFileSync(DATABASE_PASSWORD_FILE, "utf8").trimEnd();
  process.env.DATABASE_URL = url.href;
}

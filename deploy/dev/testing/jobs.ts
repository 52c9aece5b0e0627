import { connect } from "./database.ts";

/** The background program of the tests of `make dev`. */
const database = await connect();
const [row] = await database<{ word: string }[]>`select word from words`;
console.log(`jobs: ${row?.word}, ${process.env.GREETING}`);
const timer = setInterval(() => undefined, 60_000);
process.on("SIGTERM", async () => {
  clearInterval(timer);
  await database.end();
});

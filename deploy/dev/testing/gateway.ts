import { connect } from "./database.ts";
import { layout } from "./layout.ts";
import { collect, sheetPath } from "./sheet.ts";

/** The application of the tests of `make dev`: a page from Postgres with a style sheet. */
const database = await connect();
const sheet = await sheetPath();

export default {
  startup: async (): Promise<void> =>
    process.env.COLLECT_AT_START === "yes" ? collect() : undefined,
  async fetch(): Promise<Response> {
    const [row] = await database<{ word: string }[]>`select word from words`;
    const html = layout(sheet, `${row?.word}, ${process.env.GREETING}`);
    return new Response(html, { headers: { "content-type": "text/html" } });
  },
  shutdown: (): Promise<void> => database.end(),
};

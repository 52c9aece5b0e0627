/**
 * The application of the stack that is broken on purpose. Pages with and without the database; and it breaks
 * itself where a test asks for it.
 */
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import postgres from "postgres";

/** Milliseconds after which a page gives up on the database. */
const TIMEOUT = 2000;

const password = readFileSync(process.env.DATABASE_PASSWORD_FILE ?? "", "utf8").trim();

const openPool = () =>
  postgres(process.env.DATABASE_URL ?? "", { password, max: 4, connect_timeout: 2, onnotice() {} });

let pool = openPool();

/** @throws Error after TIMEOUT: then the pool is replaced, since its connections may wait for ever */
async function query<Row>(work: (sql: postgres.Sql) => Promise<Row>): Promise<Row> {
  const used = pool;
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    late.reject(new Error(`no response from the database for ${TIMEOUT} ms`));
    if (pool !== used) return;
    pool = openPool();
    used.end({ timeout: 0 }).catch(() => {});
  }, TIMEOUT);
  try {
    return await Promise.race([work(used), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** What an operator or an attacker would need a fault of the application for. */
const BREAKS: Readonly<Record<string, () => void>> = {
  kill: () => process.kill(process.pid, "SIGKILL"),
  freeze: () => process.kill(process.pid, "SIGSTOP"),
  hang: () => {
    while (true) Math.random();
  },
  throw: () => {
    throw new Error("thrown on purpose");
  },
  eat: () => {
    const eaten: Buffer[] = [];
    while (true) eaten.push(Buffer.alloc(2 ** 24, 1));
  },
};

/** Stores a file where visitors' files are, and removes it. */
async function upload(request: Request): Promise<Response> {
  const path = `/srv/media/${randomUUID()}`;
  try {
    await writeFile(path, Buffer.from(await request.arrayBuffer()));
    return new Response("stored", { status: 201 });
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
    return new Response("There is no room.", { status: 507 });
  } finally {
    await rm(path, { force: true });
  }
}

async function respond(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname === "/rows") {
    const [row] = await query((sql) => sql`SELECT count(*) FROM chaos_notes`);
    return Response.json(row);
  }
  if (pathname === "/notes" && request.method === "POST") {
    const note = await request.text();
    await query((sql) => sql`INSERT INTO chaos_notes (note) VALUES (${note})`);
    return new Response("stored", { status: 201 });
  }
  if (pathname === "/files" && request.method === "POST") {
    return await upload(request);
  }
  const wanted = BREAKS[pathname.replace("/break/", "")];
  if (wanted && request.method === "POST") {
    setTimeout(wanted, 20);
    return new Response("soon", { status: 202 });
  }
  return new Response("a page without the database\n", {
    headers: { "Cache-Control": "no-store" },
  });
}

export default {
  async fetch(request: Request): Promise<Response> {
    try {
      return await respond(request);
    } catch (error) {
      return new Response(`${error}`, { status: 503, headers: { "Retry-After": "1" } });
    }
  },
};

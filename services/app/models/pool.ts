import { drizzle } from "drizzle-orm/postgres-js";
import type { Logger } from "../context.ts";
import type { AppValues } from "../settings.ts";
import { checkCapacity } from "./capacity.ts";
import { connect } from "./connect.ts";
import type { Database, DatabaseAccess, Ear } from "./database.ts";
import { announce } from "./event.ts";
import { DatabaseUnavailable, isUnavailable, reasonOf } from "./failure.ts";
import { Listener } from "./listener.ts";

/** Milliseconds by which the pool is more patient than the server's own statement timeout. */
const GRACE = 500;

/** A worker's connections to Postgres. It heals by itself: every call is a new try. */
export class Pool implements DatabaseAccess {
  readonly #values: AppValues;
  readonly #logger: Logger;
  #database: ReturnType<typeof openDatabase>;
  #state: "unknown" | "up" | "down" = "unknown";
  #lastAnswer = 0;
  #ready = false;

  /** @throws Error when the password file cannot be read */
  constructor(values: AppValues, logger: Logger) {
    this.#values = values;
    this.#logger = logger;
    this.#database = openDatabase(values);
  }

  /**
   * Runs work on the database.
   * @throws DatabaseUnavailable; an error of the query itself is passed on
   */
  async ask<T>(work: (database: Database) => Promise<T>): Promise<T> {
    try {
      const answer = await this.#withDeadline(work(this.#database));
      this.#lastAnswer = performance.now();
      this.#change("up", "");
      return answer;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) && !isUnavailable(error)) throw error;
      const reason = reasonOf(error, this.#values);
      this.#change("down", reason);
      throw new DatabaseUnavailable(reason, { cause: error });
    }
  }

  /** Listens on a connection of its own, beside the pool. */
  listen(channel: string, ear: Ear): () => Promise<void> {
    const open = () => connect(this.#values, 1, {});
    const pulse = () => this.ask((database) => announce(database, { kind: "pulse", notice: 0 }));
    const listener = new Listener(channel, ear, open, pulse);
    return () => listener.close();
  }

  /**
   * Gates the start: resolves once the database has answered and has room for all workers, and
   * from then on at once.
   * @throws DatabaseUnavailable, or Error where the connections do not fit
   */
  async ready(): Promise<void> {
    if (this.#ready) return;
    await this.ask((database) => checkCapacity(database, this.#values));
    this.#ready = true;
  }

  /** Ends the connections when their queries are answered, at the latest after a query's timeout. */
  async close(): Promise<void> {
    await this.#database.$client.end({ timeout: this.#values.queryTimeout / 1000 });
  }

  async #withDeadline<T>(work: Promise<T>): Promise<T> {
    const began = performance.now();
    const limit = this.#values.queryTimeout + GRACE;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new DatabaseUnavailable(`the database has not answered for ${limit} ms`));
      // A frozen or cut-off server leaves connections that never fail. If others were answered
      // meanwhile, the pool is only busy.
      if (this.#lastAnswer < began) this.#renew();
    }, limit);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
  }

  #renew(): void {
    const silent = this.#database.$client;
    this.#database = openDatabase(this.#values);
    void silent.end({ timeout: 0 });
  }

  #change(to: "up" | "down", reason: string): void {
    if (this.#state === to) return;
    const from = this.#state;
    this.#state = to;
    if (to === "up") this.#logger.info("database", { from, to });
    else this.#logger.warn("database", { from, to, reason });
  }
}

function openDatabase(values: AppValues) {
  const session = { statement_timeout: values.queryTimeout };
  return drizzle(connect(values, values.databasePoolSize, session));
}

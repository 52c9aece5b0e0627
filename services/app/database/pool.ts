import type { Logger } from "../context.ts";
import { announce } from "../models/event.ts";
import type { AppValues } from "../settings.ts";
import type { Database, DatabaseAccess, Subscriber } from "./access.ts";
import { connectionShortage } from "./capacity.ts";
import { connect } from "./connect.ts";
import { drizzle } from "./drizzle.ts";
import { DatabaseUnavailable, isUnavailable, reasonOf } from "./failure.ts";
import { listenOn } from "./listener.ts";

/** Milliseconds that the pool waits beyond the server's own statement timeout. */
const GRACE = 500;

/** One worker's connections to Postgres. Each query tries again, whatever happened to the last. */
export class Pool implements DatabaseAccess {
  readonly #values: AppValues;
  readonly #logger: Logger;
  #database: ReturnType<typeof openDatabase>;
  #state: "unknown" | "up" | "down" = "unknown";
  #lastSuccess = 0;
  #ready = false;

  /** @throws Error if the password file cannot be read */
  constructor(values: AppValues, logger: Logger) {
    this.#values = values;
    this.#logger = logger;
    this.#database = openDatabase(values);
  }

  /** Runs work on the database. @throws DatabaseUnavailable, and any error of the query itself */
  async query<T>(work: (database: Database) => Promise<T>): Promise<T> {
    try {
      const result = await this.#withDeadline(work(this.#database));
      this.#lastSuccess = performance.now();
      this.#change("up", "");
      return result;
    } catch (error) {
      if (!(error instanceof DatabaseUnavailable) && !isUnavailable(error)) throw error;
      const reason = reasonOf(error, this.#values);
      this.#change("down", reason);
      throw new DatabaseUnavailable(reason, { cause: error });
    }
  }

  listen(channel: string, subscriber: Subscriber): () => Promise<void> {
    const open = () => connect(this.#values, 1, {});
    const pulse = () => this.query((database) => announce(database, { kind: "pulse", notice: 0 }));
    return listenOn(channel, subscriber, open, pulse);
  }

  /**
   * Resolves once the database responds and has connections for all workers. Later calls resolve
   * at once: a database that is down must not turn readiness red.
   * @throws DatabaseUnavailable, or Error if the connections do not fit
   */
  async ready(): Promise<void> {
    if (this.#ready) return;
    const shortage = await this.query((database) => connectionShortage(database, this.#values));
    if (shortage !== undefined) {
      throw new Error(
        `${shortage}: lower APP_DATABASE_POOL_SIZE, GATEWAY_WORKERS or REPLICAS, or raise max_connections`,
      );
    }
    this.#ready = true;
  }

  /** Closes the connections when their queries are done, at the latest after a query's timeout. */
  async close(): Promise<void> {
    await this.#database.$client.end({ timeout: this.#values.queryTimeout / 1000 });
  }

  async #withDeadline<T>(work: Promise<T>): Promise<T> {
    const began = performance.now();
    const limit = this.#values.queryTimeout + GRACE;
    const late = Promise.withResolvers<never>();
    const timer = setTimeout(() => {
      late.reject(new DatabaseUnavailable(`no response from the database within ${limit} ms`));
      // Connections to a frozen or cut-off server never fail by themselves. If other queries
      // succeeded meanwhile, the pool is only busy.
      if (this.#lastSuccess >= began) return;
      const silent = this.#database.$client;
      this.#database = openDatabase(this.#values);
      void silent.end({ timeout: 0 });
    }, limit);
    try {
      return await Promise.race([work, late.promise]);
    } finally {
      clearTimeout(timer);
    }
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

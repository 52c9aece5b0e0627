import { drizzle } from "drizzle-orm/postgres-js";
import { connect } from "../models/connect.ts";
import type { Database } from "../models/database.ts";
import { reasonOf } from "../models/failure.ts";
import type { AppValues } from "../settings.ts";

/**
 * Does some work on the database of the settings, by one connection that ends with it.
 * @throws Error with one line that says what to do where the database fails
 */
export async function withDatabase<T>(
  values: AppValues,
  work: (database: Database) => Promise<T>,
): Promise<T> {
  const client = connect(values, 1, { statement_timeout: values.queryTimeout });
  try {
    return await work(drizzle(client));
  } catch (error) {
    throw new Error(reasonOf(error, values), { cause: error });
  } finally {
    await client.end({ timeout: 1 });
  }
}

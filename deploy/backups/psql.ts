import { createInterface } from "node:readline";
import type { Writable } from "node:stream";
import { lastLine } from "../command.ts";
import { Problem } from "../problem.ts";
import type { Program } from "./program.ts";

/** The first word of the line after the rows of a statement; no table has it. */
const END = "gatehouse-end-of-rows";

/** A statement that the server refused. */
export class SqlError extends Problem {
  /** SQLSTATE, five characters. */
  readonly state: string;

  constructor(state: string, message: string) {
    super(`the database: ${message}`);
    this.state = state;
  }
}

/** A connection that stays: statements on it share a transaction. */
export class Psql implements AsyncDisposable {
  readonly #program: Program;
  readonly #lines: AsyncIterator<string>;

  private constructor(program: Program) {
    this.#program = program;
    this.#lines = createInterface({ input: program.stdout })[Symbol.asyncIterator]();
  }

  /** @throws Problem with the server's reason if it does not let this user in */
  static async open(program: Program): Promise<Psql> {
    const psql = new Psql(program);
    await psql.query("SET client_min_messages = warning");
    return psql;
  }

  /**
   * Runs one statement.
   * @returns its rows, one a line, columns apart by "|"
   * @throws SqlError if the server refuses it, Problem if the connection is lost
   */
  async query(statement: string): Promise<string[]> {
    this.#program.stdin.write(`${statement};\n\\echo ${END} :SQLSTATE :LAST_ERROR_MESSAGE\n`);
    const rows: string[] = [];
    for (;;) {
      const { done, value } = await this.#lines.next();
      if (done) {
        await this.#program.ended;
        throw new Problem(`the database: ${this.failure || "the connection is lost"}`);
      }
      if (!value.startsWith(`${END} `)) {
        rows.push(value);
        continue;
      }
      const [, state = "", ...message] = value.split(" ");
      if (state === "00000") return rows;
      throw new SqlError(state, message.join(" "));
    }
  }

  /**
   * Runs a script with data between its statements. Its first error ends the connection.
   * @param write writes the script to the stream, and does not end it
   */
  async script(write: (script: Writable) => Promise<void>): Promise<void> {
    this.#program.stdin.write("\\set ON_ERROR_STOP on\n");
    await write(this.#program.stdin);
    // The rows before its own are those of the script's statements.
    await this.query("SELECT 'the script has ended'");
  }

  /** The first error that psql has written; "" if there is none. */
  get failure(): string {
    const { stderr } = this.#program;
    const error = /^(?:psql:)?.*(?:ERROR|FATAL|error): .*$/m.exec(stderr)?.[0];
    return error?.replace(/^psql:\S+ /, "") ?? lastLine(stderr);
  }

  /** Ends the connection, and with it what has not been committed. */
  async end(): Promise<void> {
    this.#program.stdin.end();
    await this.#program.ended;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.end();
  }
}

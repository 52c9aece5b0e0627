/** What is in a backup, and where it comes from. It is never encrypted: `make backups` shows it. */
export interface Manifest {
  readonly format: 1;
  /** ISO 8601: the moment of database and media. */
  readonly at: string;
  readonly project: string;
  readonly why: "make backup" | "before a restore";
  readonly release: {
    /** Its number in `make releases`; undefined if it is not known there. */
    readonly number: number | undefined;
    readonly app: string;
    readonly web: string;
    readonly commit: string;
  };
  /** The SQL migrations that the release has. */
  readonly migrations: readonly string[];
  readonly database: {
    readonly file: string;
    /** Of the server: "17.6". */
    readonly version: string;
    /** The role that owned everything. */
    readonly owner: string;
    /** Bytes that the database took on the server. */
    readonly size: number;
    /** Rows by the name of the table, as Postgres writes it. */
    readonly rows: Readonly<Record<string, number>>;
  };
  readonly media: {
    readonly file: string;
    readonly files: number;
    /** Of the files' contents. */
    readonly bytes: number;
    /** Files that were written to while they were copied: their content is of no certain moment. */
    readonly changed: readonly string[];
  };
  readonly encrypted: boolean;
  /** Milliseconds for which writes waited. */
  readonly writesWaited: number;
}

/** The migrations of a backup that a release does not have: it would not know the schema. */
export function unknownMigrations(
  { migrations }: Pick<Manifest, "migrations">,
  known: ReadonlySet<string>,
): string[] {
  return migrations.filter((name) => !known.has(name));
}

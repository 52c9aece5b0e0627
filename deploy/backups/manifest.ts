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

/**
 * Reads the text of a manifest: a backup may come from anywhere.
 * @returns undefined for a text that no command of ours writes
 */
export function parseManifest(text: string): Manifest | undefined {
  let found: unknown;
  try {
    found = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isManifest(found) ? found : undefined;
}

type Is = (value: unknown) => boolean;

const isText: Is = (value) => typeof value === "string";
const isCount: Is = (value) => Number.isSafeInteger(value) && Number(value) >= 0;
const isTexts: Is = (value) => Array.isArray(value) && value.every(isText);
const isCounts: Is = (value) => isRecord(value) && Object.values(value).every(isCount);
/** Of a file in the folder of the backup. */
const isFileName: Is = (value) => typeof value === "string" && /^\w[\w.-]*$/.test(value);

const FIELDS: Readonly<Record<keyof Manifest, Is>> = {
  format: (value) => value === 1,
  at: (value) => typeof value === "string" && !Number.isNaN(Date.parse(value)),
  project: isText,
  why: (value) => value === "make backup" || value === "before a restore",
  release: has({
    number: (value) => value === undefined || isCount(value),
    ...{ app: isText, web: isText, commit: isText },
  }),
  migrations: isTexts,
  database: has({
    file: isFileName,
    version: isText,
    owner: isText,
    size: isCount,
    rows: isCounts,
  }),
  media: has({ file: isFileName, files: isCount, bytes: isCount, changed: isTexts }),
  encrypted: (value) => typeof value === "boolean",
  writesWaited: isCount,
};

function isManifest(value: unknown): value is Manifest {
  return has(FIELDS)(value);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a value is an object whose fields are what they should be. */
function has(fields: Readonly<Record<string, Is>>): Is {
  return (value) =>
    isRecord(value) && Object.entries(fields).every(([name, is]) => is(value[name]));
}

/** The migrations of a backup that a release does not have: it would not know the schema. */
export function unknownMigrations(
  { migrations }: Pick<Manifest, "migrations">,
  known: ReadonlySet<string>,
): string[] {
  return migrations.filter((name) => !known.has(name));
}

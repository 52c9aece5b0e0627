import {
  choice,
  defineSettings,
  integer,
  milliseconds,
  path,
  text,
  type Values,
} from "@gatehouse/settings";

/** Every setting of the application. Pure data: values are read at the start, by who needs them. */
export const appSettings = defineSettings("APP", {
  env: choice({
    of: ["development", "production"],
    default: "development",
    why: "In production there is no runserver, no debug page and no password for seeded accounts.",
  }),
  databaseUrl: text({
    variable: "DATABASE_URL",
    default: "postgres://gatehouse@127.0.0.1:5432/gatehouse",
    confidential: true,
    allowed: "postgres://user@host:port/database, without a password",
    matches: /^postgres(ql)?:\/\/[^:@/\s]+@[^@/\s]+\/[^/\s]+$/,
    why: "Where the database answers; the password stands in DATABASE_PASSWORD_FILE.",
  }),
  databasePasswordFile: path({
    variable: "DATABASE_PASSWORD_FILE",
    default: "",
    why: "The file that holds the database's password; none means that no password is sent.",
  }),
  databasePoolSize: integer({
    default: 5,
    min: 1,
    max: 100,
    why: "Connections a worker keeps; replicas x workers x this must fit max_connections.",
  }),
  connectTimeout: milliseconds({
    default: 2000,
    min: 100,
    max: 60_000,
    why: "How long a new database connection may take before the page answers 503.",
  }),
  queryTimeout: milliseconds({
    default: 5000,
    min: 100,
    max: 300_000,
    why: "How long one query may run before the page answers 503.",
  }),
  migrateTimeout: milliseconds({
    default: 60_000,
    min: 1000,
    max: 3_600_000,
    why: "How long migrate waits for the database to answer, and for a lock inside it.",
  }),
  assetsDirectory: path({
    default: "/srv/assets",
    why: "Where collectstatic writes the hashed files that the web server serves.",
  }),
});

export type AppValues = Values<typeof appSettings>;

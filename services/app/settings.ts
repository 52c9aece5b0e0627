import {
  choice,
  defineSettings,
  integer,
  milliseconds,
  path,
  seconds,
  text,
  type Values,
} from "@gatehouse/settings";

/** Every setting of the application. Pure data: reading them is another step. */
export const appSettings = defineSettings("APP", {
  env: choice({
    of: ["development", "production"],
    default: "development",
    why: "Production has no runserver, no debug page and no password for seeded accounts.",
  }),
  databaseUrl: text({
    variable: "DATABASE_URL",
    default: "postgres://gatehouse@127.0.0.1:5432/gatehouse",
    confidential: true,
    allowed: "postgres://user@host:port/database, without a password",
    matches: /^postgres(ql)?:\/\/[^:@/\s]+@[^@/\s]+\/[^/\s]+$/,
    why: "The address of the database; the password is in DATABASE_PASSWORD_FILE.",
  }),
  databasePasswordFile: path({
    variable: "DATABASE_PASSWORD_FILE",
    default: "",
    why: "The file with the database's password; empty: no password is sent.",
  }),
  databasePoolSize: integer({
    default: 5,
    min: 1,
    max: 100,
    why: "Connections of a worker; it has one more to listen for changes.",
  }),
  replicas: integer({
    variable: "REPLICAS",
    default: 1,
    min: 1,
    max: 10_000,
    why: "Number of replicas: the start checks that their connections, twice, fit the database.",
  }),
  workers: integer({
    variable: "GATEWAY_WORKERS",
    default: 0,
    min: 0,
    max: 512,
    why: "Workers of each replica, for the same check; 0 is one per processor.",
  }),
  connectTimeout: milliseconds({
    default: 2000,
    min: 100,
    max: 60_000,
    why: "How long a new database connection may take before the response is 503.",
  }),
  queryTimeout: milliseconds({
    default: 5000,
    min: 100,
    max: 300_000,
    why: "How long one query may run before the response is 503.",
  }),
  migrateTimeout: milliseconds({
    default: 60_000,
    min: 1000,
    max: 3_600_000,
    why: "How long migrate waits for the database, and for a lock inside it.",
  }),
  assetsDirectory: path({
    default: "/srv/assets",
    why: "Where collectstatic writes the hashed files that the web server serves.",
  }),
  collectAtStart: choice({
    of: ["no", "yes"],
    default: "no",
    why: "Whether each start collects the static files that its pages link: for make dev, where they change.",
  }),
  mediaDirectory: path({
    default: "/srv/media",
    why: "The folder of uploaded pictures; all replicas share it.",
  }),
  mediaRedirect: text({
    default: "",
    allowed: "a path with both slashes, or nothing",
    matches: /^(\/[\w-]+)+\/$/,
    why: "The web server's path of the media folder for X-Accel-Redirect; empty: this process sends the files.",
  }),
  pictureLimit: integer({
    default: 5 * 1024 ** 2,
    min: 1024,
    max: 1024 ** 3,
    unit: "bytes",
    why: "The largest picture that may be uploaded.",
  }),
  sessionLifetime: seconds({
    default: 14 * 86_400,
    min: 60,
    max: 365 * 86_400,
    why: "How long a user stays signed in.",
  }),
  signInAttempts: integer({
    default: 10,
    min: 1,
    max: 1_000_000,
    why: "Wrong passwords that one client may have for one account in a window.",
  }),
  signInAttemptsPerClient: integer({
    default: 200,
    min: 1,
    max: 1_000_000,
    why: "The same for all accounts; many people may share an IPv4 address or a /64 of IPv6.",
  }),
  signInAttemptsPerAccount: integer({
    default: 100,
    min: 1,
    max: 1_000_000,
    why: "Wrong passwords of all new clients at one account, above which each of them has two.",
  }),
  signInWindow: seconds({
    default: 900,
    min: 1,
    max: 86_400,
    why: "How long wrong passwords count.",
  }),
  signUpsPerClient: integer({
    default: 100,
    min: 1,
    max: 1_000_000,
    why: "Accounts that one client may create in an hour; many people may share an address.",
  }),
  uploadsPerUser: integer({
    default: 120,
    min: 1,
    max: 1_000_000,
    why: "Pictures that one user may upload in an hour.",
  }),
  uploadsPerClient: integer({
    default: 1000,
    min: 1,
    max: 1_000_000,
    why: "The same for one client's address.",
  }),
  liveStreams: integer({
    default: 500,
    min: 0,
    max: 100_000,
    why: "Live pages of one worker; further visitors reload by hand.",
  }),
  liveSockets: integer({
    default: 500,
    min: 0,
    max: 100_000,
    why: "WebSockets of one worker, which show who reads a notice.",
  }),
  livePerClient: integer({
    default: 100,
    min: 1,
    max: 100_000,
    why: "Live pages, and WebSockets, of one client's address at a worker.",
  }),
  livePerUser: integer({
    default: 20,
    min: 1,
    max: 100_000,
    why: "The same for one user.",
  }),
});

export type AppValues = Values<typeof appSettings>;

import { isIPv4 } from "node:net";
import { choice, defineSettings, integer, text, variablesOf } from "@gatehouse/settings";
import { DATABASE_URL_FORM, isDatabaseUrl } from "./database/url.ts";
import { layout } from "./layout.ts";

const MODULE = /^[\w./-]*\w$/;
const FOLDERS = layout.modules.map((folder) => `${folder}/`);

/** Whether a word is the path of a module that an image has. */
const isModule = {
  test: (word: string): boolean =>
    FOLDERS.some((folder) => word.startsWith(folder)) && MODULE.test(word) && !word.includes(".."),
};
const PLACES = FOLDERS.join(" or ");

const image = (variable: string, why: string) =>
  text({
    variable,
    default: "",
    why,
    allowed: "an image reference like node:26.10.0-trixie-slim",
    matches: /^[a-z0-9][a-z0-9._/-]*(:\d+\/[a-z0-9._/-]+)?(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/,
  });

const databaseUrl = (variable: string, why: string) =>
  text({
    variable,
    default: "",
    confidential: true,
    why,
    allowed: DATABASE_URL_FORM,
    matches: { test: isDatabaseUrl },
  });

const processors = (variable: string, why: string) =>
  text({
    variable,
    default: "1.00",
    why,
    allowed: "a number above 0 and up to the processors of the machine, like 1.50",
    matches: /^(?!0+(\.0+)?$)\d{1,4}(\.\d{1,2})?$/,
  });

const release = (variable: string, example: string, matches: RegExp) =>
  text({
    variable,
    default: "",
    why: "The image of the release that runs; make up, make deploy and make rollback write it.",
    allowed: `an image of this project like ${example}`,
    matches,
  });

const module = (variable: string, why: string) =>
  text({
    variable,
    default: "",
    why,
    allowed: `the path of a module in ${PLACES}, like ${layout.application}/jobs.ts`,
    matches: isModule,
  });

/** What compose.yaml reads from .env: how this clone's stack is named, published and sized. */
export const deploySettings = defineSettings("PUBLISH", {
  bind: text({
    default: "127.0.0.1",
    why: "The address that the site is published on; 0.0.0.0 is all of them.",
    allowed: "an IPv4 address of this host",
    matches: { test: isIPv4 },
  }),
  httpPort: integer({ default: 8080, min: 1, max: 65535, why: "The port for HTTP on the host." }),
  httpsPort: integer({ default: 8443, min: 1, max: 65535, why: "The port for HTTPS on the host." }),
  project: text({
    variable: "COMPOSE_PROJECT_NAME",
    default: "",
    why: "Names containers, networks, volumes and images; a new name is a new, empty site.",
    allowed: "small letters, digits, - and _, starting with a letter or digit",
    matches: /^[a-z0-9][a-z0-9_-]*$/,
  }),
  app: text({
    variable: "APP",
    default: layout.app,
    why: "The module that the gateway loads.",
    allowed: `the path of a module in ${PLACES}, like ${layout.modules.at(-1)}/echo.ts`,
    matches: isModule,
  }),
  jobs: module(
    "JOBS",
    "The program of the application that runs all the time in the container jobs; empty: none.",
  ),
  schedule: module(
    "SCHEDULE",
    "The table of the scheduled tasks, which the container jobs runs; empty: none.",
  ),
  buildApp: choice({
    variable: "BUILD_APP",
    default: "app",
    of: ["app", "examples"],
    why: "The build target of Dockerfile.app; make up derives it from APP.",
  }),
  edge: choice({
    variable: "EDGE",
    default: "web",
    of: ["web", "nginx"],
    why: "The web server: services/web, or its twin made of nginx.",
  }),
  edges: integer({
    variable: "EDGES",
    default: 1,
    min: 1,
    max: 8,
    why: "Containers of the web server, which share the ports; of two, one that dies costs only what it had open.",
  }),
  replicas: integer({
    variable: "REPLICAS",
    default: 2,
    min: 1,
    max: 32,
    why: "Containers of the application; two or more survive the loss of one.",
  }),
  appProcessors: processors("CPUS_APP", "Processors that each replica may use."),
  webProcessors: processors("CPUS_WEB", "Processors that the web server may use."),
  databaseUrl: databaseUrl(
    "DATABASE_URL",
    "A database elsewhere, which the application uses instead of the stack's own; db does not run.",
  ),
  databaseMigrateUrl: databaseUrl(
    "DATABASE_MIGRATE_URL",
    "The same database as its owner, for migrate; empty is DATABASE_URL.",
  ),
  smokePath: text({
    variable: "SMOKE_PATH",
    default: "/",
    why: "A deploy requests it from each new replica; a status of 500 or more refuses the release.",
    allowed: "a path like /",
    matches: /^\/[\w./?=&%-]*$/,
  }),
  migrations: text({
    variable: "MIGRATIONS",
    default: `${layout.application}/migrations`,
    why: "The folder of the SQL migrations: a deploy refuses new ones that the running release cannot bear.",
    allowed: "the path of a folder of this repository",
    matches: /^[a-z](?!.*\.\.)[\w./-]*$/,
  }),
  releaseApp: release("RELEASE_APP", "app:0123456789ab", /^(app|examples):\w[\w.-]*$/),
  releaseWeb: release("RELEASE_WEB", "web:0123456789ab", /^(web|nginx):\w[\w.-]*$/),
  nodeImage: image("NODE_IMAGE", "The base of our images; empty is the official image, pinned."),
  postgresImage: image("POSTGRES_IMAGE", "The database; empty is the official image, pinned."),
  nginxImage: image("NGINX_IMAGE", "The base of EDGE=nginx; empty is the official image, pinned."),
  redisImage: image("REDIS_IMAGE", "The accessory redis; empty is the official image, pinned."),
  mailImage: image("MAIL_IMAGE", "The accessory mail; empty is the official image, pinned."),
  mailPort: integer({
    variable: "MAIL_PORT",
    default: 8025,
    min: 1,
    max: 65535,
    why: "The port of the mail catcher's page on 127.0.0.1.",
  }),
  k6Image: image("K6_IMAGE", "Runs the load tests; empty is the official image, pinned."),
  playwrightImage: image(
    "PLAYWRIGHT_IMAGE",
    "Runs the browser tests; empty is the official image, pinned.",
  ),
});

/** The variables that choose the base images: absent from .env until the first run has chosen. */
export const IMAGE_VARIABLES = variablesOf(deploySettings).filter((name) =>
  name.endsWith("_IMAGE"),
);

import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { NPM_CONFIGURATION } from "./answers.ts";
import type { Runtime, Shape } from "./shape.ts";

const POSTGRES = [
  "pg",
  "postgres",
  "@prisma/client",
  "knex",
  "drizzle-orm",
  "typeorm",
  "sequelize",
  "@mikro-orm/core",
];
const OTHERS = [
  "mysql",
  "mysql2",
  "mongodb",
  "mongoose",
  "redis",
  "ioredis",
  "sqlite3",
  "better-sqlite3",
  "mssql",
];
const WRITERS = [
  "multer",
  "formidable",
  "express-fileupload",
  "@fastify/multipart",
  "winston-daily-rotate-file",
];
const PROXIED: Readonly<Record<string, string>> = {
  express: 'app.set("trust proxy", true)',
  fastify: "fastify({ trustProxy: true })",
  koa: "app.proxy = true",
  "@nestjs/platform-express": 'app.set("trust proxy", true)',
};

/**
 * What the owner of an adopted application has to do or to check, a line each: what nothing here can do without
 * writing into files of theirs.
 */
export function toDos(folder: string, { manifest, kind, answers, flags }: Shape): string[] {
  const { dependencies = {}, engines, devEngines } = manifest;
  const used = (names: readonly string[]): string[] =>
    names.filter((name) => Object.hasOwn(dependencies, name));
  const lines: string[] = [];
  const own = [".env", ".env.example", ".env.sample"].find((file) =>
    existsSync(join(folder, file)),
  );
  if (own !== undefined) {
    lines.push(
      `variables: copy what the application needs of ${own} to gatehouse/app.env; not PORT and DATABASE_URL`,
    );
  }
  if (used(POSTGRES).length > 0) {
    lines.push(
      `database: the stack has a Postgres, and DATABASE_URL leads to it (another name: gatehouse/app/environment.ts); ` +
        `for one elsewhere, set DATABASE_URL in gatehouse/.env`,
    );
    lines.push(
      answers.migrate === ""
        ? "migrations: nothing runs them yet: name a script of package.json in gatehouse/app/manage.ts"
        : `migrations: "npm run ${answers.migrate}" runs before each release, as the owner of the tables; what it needs must be in "dependencies"`,
    );
  }
  for (const name of used(OTHERS)) {
    lines.push(
      `${name}: the stack has no such server; for one elsewhere, switch on "egress" of app in gatehouse/compose.yaml; a database in a file belongs below /srv/media`,
    );
  }
  if (used(WRITERS).length > 0) {
    lines.push(
      `files (${used(WRITERS).join(", ")}): only MEDIA_DIRECTORY and /tmp can be written; uploads belong in the first`,
    );
  }
  if (used(["express-session"]).length > 0 && !Object.keys(dependencies).some(isStore)) {
    lines.push(
      "sessions: express-session keeps them in the memory of one process, and several serve: give it a store, such as connect-pg-simple, or set REPLICAS=1 and GATEWAY_WORKERS=1 in gatehouse/.env",
    );
  }
  const [proxied] = Object.entries(PROXIED).filter(([name]) => Object.hasOwn(dependencies, name));
  if (proxied !== undefined && kind === "node") {
    lines.push(
      `addresses: the visitor's is in X-Forwarded-For, as behind any proxy: ${proxied[1]}`,
    );
  }
  if (flags.length > 0) {
    lines.push(
      `flags: the start script has ${flags.join(" ")}, which the gateway does not: add them to NODE_OPTIONS in gatehouse/Dockerfile.app, or do without`,
    );
  }
  if (answers.tsx === "pruned") {
    lines.push(
      'tsx: the start script runs it, and it is in "devDependencies": the image has all of those. To have it smaller, move it to "dependencies" before make adopt',
    );
  }
  if (!isOurs({ name: "node", version: engines?.node })) {
    lines.push(
      `Node: "engines" asks for Node ${engines?.node}, and the images have Node 26, which the gateway needs`,
    );
  }
  // npm takes any of them.
  const runtimes = [devEngines?.runtime ?? []].flat();
  if (runtimes.length > 0 && !runtimes.some(isOurs)) {
    const names = runtimes.map(({ name, version = "" }) =>
      `${name === "node" ? "Node" : name} ${version}`.trim(),
    );
    // Of several, npm does what the last one says.
    const { onFail = "error" } = runtimes.at(-1) ?? {};
    const refusal = ["error", "download"].includes(onFail)
      ? ": npm refuses to install with another one"
      : "";
    lines.push(
      `Node: "devEngines" asks for ${names.join(" or ")}, and the images have Node 26, which the gateway needs${refusal}`,
    );
  }
  if (answers.manifests.includes(NPM_CONFIGURATION)) {
    const variables = variablesOf(readFileSync(join(folder, NPM_CONFIGURATION), "utf8"));
    if (variables.length > 0) {
      lines.push(
        `.npmrc: it reads ${variables.join(", ")}, which the build does not have: a file with the values themselves, outside of the repository, belongs to the secret application_npmrc in gatehouse/compose.override.yaml`,
      );
    }
  }
  const everywhere = globSync("tsconfig*.json", { cwd: folder })
    .filter((file) => looksEverywhere(join(folder, file)))
    .sort();
  if (everywhere.length > 0) {
    lines.push(
      `TypeScript: "exclude": ["gatehouse", "node_modules"] belongs to ${everywhere.join(" and ")}, beside what stands there, and the same to the linter`,
    );
  }
  return lines;
}

/** Whether a package keeps sessions, as their names say: connect-redis, session-file-store. */
const isStore = (name: string): boolean =>
  /^connect-(?!flash|timeout|ensure-login|livereload)|session-store$|^express-(my|mssql|pg)?.*-session$/.test(
    name,
  );

/** Whether the images have what package.json asks for. */
const isOurs = ({ name, version = "*" }: Runtime): boolean =>
  name === "node" && />=|\b26\b|\*/.test(version);

/** The variables that an .npmrc reads; npm takes nothing for one with a question mark that is not there. */
function variablesOf(text: string): string[] {
  const lines = text.split("\n").filter((line) => !/^\s*[#;]/.test(line));
  const names = [...lines.join("\n").matchAll(/\$\{(\w+)\??\}/g)].map(([, name = ""]) => name);
  return [...new Set(names)];
}

/** Whether a tsconfig.json has the compiler take every file below it. One with comments is taken for such a one. */
function looksEverywhere(file: string): boolean {
  try {
    const config: TypeScriptConfig = JSON.parse(readFileSync(file, "utf8"));
    const { include, exclude, files, extends: base } = config;
    if (exclude?.some((each) => /^(\.\/)?gatehouse\b/.test(each))) return false;
    // What another file of the folder says of them is said there.
    const isInherited = exclude === undefined && /^\.\//.test(String(base));
    if (include === undefined && (files !== undefined || isInherited)) return false;
    return include === undefined || include.some((each) => /^(\.\/)?(\*|$)|^\.$/.test(each));
  } catch {
    return true;
  }
}

interface TypeScriptConfig {
  readonly include?: readonly string[];
  readonly exclude?: readonly string[];
  readonly files?: readonly string[];
  readonly extends?: unknown;
}

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { openClone } from "../clone.ts";
import { layout } from "../layout.ts";

const DEPLOY = "node_modules/@gatehouse/deploy/";

type Changes = readonly (readonly [from: string | RegExp, to: string])[];

/** What compose.yaml says otherwise where ours comes as packages. */
const COMPOSE: Changes = [
  ["# There is no `name:` here: .env holds a project name made from this clone's path.\n", ""],
  ["{ file: deploy/", `{ file: ${DEPLOY}`],
  ["(deploy/database/roles.sql)", `(${DEPLOY}database/roles.sql)`],
  ["packages/telemetry/health.pl", "node_modules/@gatehouse/telemetry/health.pl"],
  ["[node, services/jobs/main.ts]", "[node, node_modules/@gatehouse/jobs/main.js]"],
  ["services/app/manage.ts", "app/manage.ts"],
  ["services/app/gateway.ts", "app/server.ts"],
  ["GATEWAY_CHDIR:-services/app}", "GATEWAY_CHDIR:-app}"],
  [/^ +NGINX_IMAGE: .+\n/m, ""],
  [
    "TLS, static files, limits, balancing, proxying. EDGE=nginx uses nginx instead.",
    "TLS, static files, limits, balancing, proxying.",
  ],
  [" whatever REPLICAS is\n  # (docs/jobs.md). A deploy", " whatever REPLICAS is.\n  # A deploy"],
  ["# Made by `make up`; see SECURITY.md.", "# Made by `make up`."],
];

const ENVIRONMENT: Changes = [
  ["See docs/production.md.", "README.md has the steps."],
  [" (docs/settings.md)", ""],
  ["#SERVER_FOLDER=/srv/gatehouse", "SERVER_FOLDER=/srv/__name__"],
  ["COMPOSE_PROJECT_NAME=shop", "COMPOSE_PROJECT_NAME=__name__"],
];

const WORKFLOW: Changes = [
  ["docs/production.md says", "README.md says"],
  ["make packages", "make node_modules/.package-lock.json"],
];

/** The files of this repository that the starters have too, and what is written otherwise there. */
const COMMON: readonly (readonly [file: string, changes: Changes])[] = [
  ["compose.yaml", COMPOSE],
  ["environments/production.env.example", ENVIRONMENT],
  [".github/workflows/deploy.yml", WORKFLOW],
];

/** The same of what follows from the starters' for an application that was there before. */
const ADOPTED: readonly (readonly [file: string, changes: Changes])[] = [
  [
    "compose.yaml",
    [
      [
        "    build:\n      dockerfile: Dockerfile.app\n",
        "    build:\n      context: ..\n      dockerfile: gatehouse/Dockerfile.app__build_secrets__\n",
      ],
      ["{ file: secrets/otlp_headers }\n", "{ file: secrets/otlp_headers }__secrets__\n"],
      ["app/server.ts", "__app__"],
      ["GATEWAY_APP: ", "GATEWAY_APP: /gatehouse/"],
      ["GATEWAY_CHDIR:-app}", "GATEWAY_CHDIR:-/gatehouse/app/site}"],
      [
        "perl, node_modules/@gatehouse/telemetry/health.pl",
        "perl, /gatehouse/node_modules/@gatehouse/telemetry/health.pl",
      ],
      // Ours; the application itself runs in its own folder.
      [
        /^( +)(command: \[node, (?:app|node_modules\/@gatehouse\/jobs)\/)/gm,
        "$1working_dir: /gatehouse\n$1$2",
      ],
    ],
  ],
  [
    ".env.example",
    [
      ["app/server.ts", "__app__"],
      [/^#(JOBS|SCHEDULE)=app\/(.+)\.ts$/gm, "#$1=app/site/$2.js"],
    ],
  ],
  [
    "Makefile",
    [
      [
        "COMMANDS = up deploy dev logs status doctor sbom check test e2e load ",
        "COMMANDS = up deploy logs status doctor sbom ",
      ],
      [/^(dev|check|test|e2e|load): ## .*\n/gm, ""],
    ],
  ],
];

const ROUTES = "| routes | `app/server.ts` |\n";
const PAGE = "| the page | `app/page.ts`, `app/static/` |\n";
const SOON = "a changed file is served in about a second";

/** The same of what a starter has otherwise than the others. */
const STARTERS: Readonly<Record<string, readonly (readonly [file: string, changes: Changes])[]>> = {
  nest: [
    [
      "README.md",
      [
        [
          ROUTES,
          "| routes: modules, controllers, services | `app/*.module.ts`, `app/*.controller.ts` and so on |\n",
        ],
        [
          PAGE,
          `${PAGE}| what starts it | \`app/main.ts\`, which \`nest build\` compiles to \`app/dist/\` |\n`,
        ],
        [SOON, "`nest build --watch` compiles a changed file, and it is served"],
      ],
    ],
    [
      "package.json",
      [
        ['"tsc --noEmit"', '"tsc --noEmit && tsc --noEmit --project app"'],
        [
          "\"node --test 'app/**/*.test.ts'\"",
          "\"npm --silent run build --workspace app && node --test 'app/dist/**/*.test.js'\"",
        ],
        // nest build works with the compiler's own functions, which TypeScript 7 does not have.
        [/"typescript": ".+"/, '"typescript": "6.0.3"'],
      ],
    ],
    ["tsconfig.json", [['"app", "tests"', '"app/server.ts", "app/manage.ts", "tests"']]],
  ],
  next: [
    [
      "README.md",
      [
        [
          ROUTES,
          "| pages and routes | `app/app/` |\n" +
            "| what the gateway loads: `.next/standalone/`, which has all of Next that runs | `app/server.ts` |\n",
        ],
        [PAGE, "| the style sheet; headers of pages | `app/static/`; `app/next.config.ts` |\n"],
        [SOON, "the gateway runs what `next dev` does, which shows a changed file"],
      ],
    ],
    ["package.json", [['"tsc --noEmit"', '"tsc --noEmit && tsc --noEmit --project app"']]],
    // Next itself is no dependency: the build puts what runs of it into a folder.
    [".github/workflows/ci.yml", [["npm audit --omit dev ", "npm audit "]]],
    [
      "site.ts",
      [["folder: settings.assets, immutable: true", 'folder: settings.assets, immutable: "all"']],
    ],
    ["tsconfig.json", [['"app", "tests"', '"tests"']]],
    [
      "app/uploads.ts",
      [["join(MEDIA_DIRECTORY, name)", "join(/* turbopackIgnore: true */ MEDIA_DIRECTORY, name)"]],
    ],
  ],
};

/** Each file of a starter that is made from that of the others, with its text. */
export function derivedFiles(): [file: string, text: string][] {
  return Object.entries(STARTERS).flatMap(([app, files]) =>
    files.map(([name, changes]): [string, string] => [
      fileOf(app, name),
      changed(name, readFileSync(fileOf("common", name), "utf8"), changes),
    ]),
  );
}

/** Each file for an adopted application that is made from one of the starters, with its text. */
export function adoptedFiles(): [file: string, text: string][] {
  return ADOPTED.map(([name, changes]) => [
    fileOf("adopted/common", name),
    changed(name, readFileSync(fileOf("common", name), "utf8"), changes),
  ]);
}

/** Each file of the starters that is made from one of this repository, with its text. */
export function starterFiles(): [file: string, text: string][] {
  const { root } = openClone();
  return COMMON.map(([name, changes]) => [
    fileOf("common", name),
    changed(name, readFileSync(join(root, name), "utf8"), changes),
  ]);
}

/** Where a part of the starters has a file. @throws Error if it has none */
function fileOf(part: string, name: string): string {
  const paths = layout.templates.map((folder) => join(folder, part, name));
  const found = paths.find((path) => existsSync(path));
  if (found === undefined) throw new Error(`none of ${paths.join(" and ")} is there: make one`);
  return found;
}

/**
 * The text with its changes.
 * @throws Error for a change that the file has no place for any more
 */
function changed(name: string, text: string, changes: Changes): string {
  return changes.reduce((before, [from, to]) => {
    const after = typeof from === "string" ? before.replaceAll(from, to) : before.replace(from, to);
    if (after === before) throw new Error(`${name} has no ${from} any more`);
    return after;
  }, text);
}

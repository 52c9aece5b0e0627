import { join, relative } from "node:path";
import { SITE } from "./project/adopted/answers.ts";
import { readOrigin } from "./project/origin.ts";

/**
 * Where things lie. In Gatehouse's own repository everything runs from source; in a project of one's own
 * ours lies below node_modules, as JavaScript, and the application in `app/`.
 */
export interface Layout {
  /** The folder of the project, which commands work in. */
  readonly root: string;
  /** The folder of this package, relative to the project's: Compose reads files of it. */
  readonly deploy: string;
  /** The folder of the application. */
  readonly application: string;
  /** The folders with modules that may be the application, its program or its schedule. */
  readonly modules: readonly string[];
  /** The module that the gateway loads by default. */
  readonly app: string;
  /** The programs of the three tiers, the same on this machine and in the images. */
  readonly edge: string;
  readonly gateway: string;
  readonly jobs: string;
  /** The folders with the parts of the starters, which a new project is made from. */
  readonly templates: readonly string[];
}

const here = import.meta.dirname;

const SOURCE: Layout = {
  root: join(here, ".."),
  deploy: "deploy",
  application: "services/app",
  modules: ["services/app", "examples"],
  app: "services/app/gateway.ts",
  edge: "services/web/main.ts",
  gateway: "services/gateway/main.ts",
  jobs: "services/jobs/main.ts",
  templates: [join(here, "../templates"), join(here, "../examples")],
};

const PACKAGED: Layout = {
  root: process.cwd(),
  deploy: relative(process.cwd(), here),
  application: "app",
  modules: ["app"],
  app: ownModule(process.cwd()),
  edge: "node_modules/@gatehouse/web/main.js",
  gateway: "node_modules/@gatehouse/gateway/main.js",
  jobs: "node_modules/@gatehouse/jobs/main.js",
  templates: [join(here, "templates")],
};

/** That of a starter, or of an application that was adopted. */
function ownModule(root: string): string {
  const ofStarter = "app/server.ts";
  try {
    const adopted = readOrigin(root)?.adopted;
    return adopted === undefined ? ofStarter : `${SITE}/${adopted.entry}`;
  } catch {
    // Whatever opens the project says what is wrong with its file.
    return ofStarter;
  }
}

/** Whether this code is a package, and not the source in its own repository. */
export const isPackaged = import.meta.filename.endsWith(".js");

export const layout: Layout = isPackaged ? PACKAGED : SOURCE;

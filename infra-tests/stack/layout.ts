import { relative, resolve } from "node:path";

/** Where things lie: in Gatehouse's own repository, and in a project of one's own that uses it as packages. */
interface Layout {
  /** The root folder of the project under test. */
  readonly root: string;
  /** This package's folder, relative to it. */
  readonly testing: string;
  /** The folder of the application, and its default module. */
  readonly application: string;
  readonly module: string;
  /** The folder of the application's own stories. */
  readonly stories: string;
}

const here = resolve(import.meta.dirname, "..");

/** Whether this code is a package, and not the source in its own repository. */
export const isPackaged = import.meta.filename.endsWith(".js");

export const layout: Layout = isPackaged
  ? {
      root: process.cwd(),
      testing: relative(process.cwd(), here),
      application: "app",
      module: "app/server.ts",
      stories: "tests",
    }
  : {
      root: resolve(here, ".."),
      testing: "infra-tests",
      application: "services/app",
      module: "services/app/gateway.ts",
      stories: "services/app/stories",
    };

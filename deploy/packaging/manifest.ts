/** What of a package.json is read and written here. */
export interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly description?: string;
  readonly license?: string;
  readonly repository?: string;
  readonly type?: string;
  readonly engines?: Readonly<Record<string, string>>;
  readonly exports?: string | Readonly<Record<string, string>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const OURS = "@gatehouse/";

/** The modules that a package's own manifest names: what others import, and what they start. */
export function entriesOf({ exports = {}, bin = {} }: Manifest): string[] {
  return [...Object.values(exportsOf(exports)), ...Object.values(bin)].map((path) =>
    path.replace(/^\.\//, "").replace(/\.ts$/, ".js"),
  );
}

/**
 * The manifest of a published package: of compiled modules, with all packages of ours at one exact version.
 * @param root the repository's own manifest, which says the licence and the engines
 */
export function publishedManifest(source: Manifest, root: Manifest, version: string): object {
  const { name, description, exports = {}, bin, dependencies = {}, optionalDependencies } = source;
  const exact = Object.entries(dependencies).map(([name, range]) => [
    name,
    name.startsWith(OURS) ? version : range,
  ]);
  const modules = Object.entries(exportsOf(exports)).map(([name, path]) => [
    name,
    { types: path.replace(/\.ts$/, ".d.ts"), default: path.replace(/\.ts$/, ".js") },
  ]);
  const programs = Object.entries(bin ?? {}).map(([name, path]) => [
    name,
    path.replace(/^\.\//, "").replace(/\.ts$/, ".js"),
  ]);
  return {
    name,
    version,
    description,
    license: root.license,
    // npm compares it with where the packages were built.
    repository: root.repository,
    type: "module",
    engines: root.engines,
    exports: { ...Object.fromEntries(modules), "./package.json": "./package.json" },
    ...(bin === undefined ? {} : { bin: Object.fromEntries(programs) }),
    dependencies: Object.fromEntries(exact),
    ...(optionalDependencies === undefined ? {} : { optionalDependencies }),
    publishConfig: { access: "public", provenance: true },
  };
}

function exportsOf(exports: string | Readonly<Record<string, string>>): Record<string, string> {
  return typeof exports === "string" ? { ".": exports } : { ...exports };
}

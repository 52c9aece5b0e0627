/** The name that `npm pack` gives to a package. */
export function tarballOf(name: string, version: string): string {
  return `${name.replace("@", "").replace("/", "-")}-${version}.tgz`;
}

/** The packages of one state of the repository. */
export interface Packages {
  readonly version: string;
  /** The folder with the tarballs, one for each package. */
  readonly folder: string;
  /** The names of the files in it. */
  readonly tarballs: readonly string[];
}

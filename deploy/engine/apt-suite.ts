import { writeFileSync } from "node:fs";
import { type AptSource, findArchive } from "./apt-sources.ts";

const SOURCES_FILE = "/etc/apt/sources.list.d/gatehouse-engine.sources";
const PREFERENCES_FILE = "/etc/apt/preferences.d/gatehouse-engine";

/** What goes into apt's configuration, so that it offers a few packages of another suite. */
export interface SuiteFiles {
  readonly sources: string;
  readonly preferences: string;
}

/**
 * The files that add a suite, from the same archives and with the same keys as the release that
 * runs here. Only the named packages come from it: everything else, what they depend on included,
 * stays at this release's versions (a later runc and tini need a newer libc).
 * @returns undefined if apt's configuration has no archive of this release
 */
export function suiteFiles(
  sources: readonly AptSource[],
  codename: string,
  suite: string,
  packages: readonly string[],
): SuiteFiles | undefined {
  const archives = ["", "-security"].flatMap((part) => {
    const archive = findArchive(sources, codename + part);
    return archive === undefined ? [] : { ...archive, suite: suite + part };
  });
  if (archives[0]?.suite !== suite) return undefined;
  const stanzas = archives.map(
    ({ uri, suite, signedBy }) =>
      `Types: deb\nURIs: ${uri}\nSuites: ${suite}\nComponents: main\n` +
      (signedBy === undefined ? "" : `Signed-By: ${signedBy}\n`),
  );
  return {
    sources: stanzas.join("\n"),
    preferences:
      `Package: *\nPin: release n=${suite}*\nPin-Priority: 100\n\n` +
      `Package: ${packages.join(" ")}\nPin: release n=${suite}*\nPin-Priority: 995\n`,
  };
}

/** Writes the files to where apt reads them. */
export function addSuite(files: SuiteFiles): void {
  writeFileSync(SOURCES_FILE, files.sources);
  writeFileSync(PREFERENCES_FILE, files.preferences);
}

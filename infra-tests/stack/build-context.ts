/** The application's own folder, which a test brings. */
const APPLICATION = "services/app";

/**
 * What a build reads of its context, apart from the application: the sources of the COPY lines, so that
 * a line which is new in the Dockerfile is known here too.
 * @param dockerfile its text
 * @returns paths relative to the context, none twice
 */
export function contextOf(dockerfile: string): string[] {
  const copies = [...dockerfile.matchAll(/^COPY +(?<words>.+)$/gm)].map(
    ({ groups }) => groups?.words?.split(/ +/) ?? [],
  );
  const sources = copies
    .filter((words) => !words.some((word) => /^(?:--from=|<<)/.test(word)))
    .flatMap((words) => words.filter((word) => !word.startsWith("--")).slice(0, -1));
  const others = sources.filter((path) => path !== APPLICATION && !inside(APPLICATION, path));
  return [...new Set(others)].filter((path) => !others.some((folder) => inside(folder, path)));
}

const inside = (folder: string, path: string): boolean => path.startsWith(`${folder}/`);

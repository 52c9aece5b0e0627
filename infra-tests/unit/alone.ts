/** Whether a file changes what the files of a process share: it has a process of its own. */
export const isAlone = (file: string) => file.endsWith(".alone.test.ts");

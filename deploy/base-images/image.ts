import { run } from "../command.ts";

/** An image that the engine has. */
export interface Image {
  readonly id: string;
  /** Bytes, layers shared with other images included. */
  readonly size: number;
}

/** Looks up an image by its tag among those that the engine has; undefined if it has none. */
export async function findImage(tag: string): Promise<Image | undefined> {
  const { code, stdout } = await run("docker", [
    ...["image", "inspect", "--format", "{{.Id}} {{.Size}}", tag],
  ]);
  const [id, size] = stdout.trim().split(" ");
  return code === 0 && id !== undefined ? { id, size: Number(size) } : undefined;
}

/** Bytes as an operator reads them: "127 MB". */
export function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}

import { createHash } from "node:crypto";
import { docker, logOf } from "../stack/docker.ts";
import { testLabel } from "../stack/projects.ts";
import type { Stack } from "../stack/stack.ts";
import { imageOf } from "../stack/tool.ts";

/**
 * Writes a file of the tests into the volume that the edge serves under /assets/, so that no test
 * depends on the files of an application.
 * @param name "page.html"; its served name has a hash in it, as that of a collected file
 * @returns the path that the edge serves it by
 */
export async function placeFile(stack: Stack, name: string, content: string): Promise<string> {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 8);
  const served = name.replace(/\.(?=\w+$)/, `.${hash}.`);
  const writer = await docker.createContainer({
    Image: imageOf("NODE_IMAGE"),
    Cmd: ["sh", "-c", 'printf %s "$1" > "/assets/$2"', "sh", content, served],
    User: "1000:1000",
    Labels: { [testLabel]: stack.project },
    HostConfig: { Binds: [`${stack.project}_assets:/assets`] },
  });
  try {
    await writer.start();
    const { StatusCode } = await writer.wait();
    if (StatusCode !== 0) throw new Error(`${served} was not written: ${await logOf(writer)}`);
  } finally {
    await writer.remove({ force: true });
  }
  return `/assets/${served}`;
}

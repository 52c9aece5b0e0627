import type Docker from "dockerode";
import { docker } from "../stack/docker.ts";
import { testLabel } from "../stack/projects.ts";
import type { Stack } from "../stack/stack.ts";

/** A container that has a new address on the network `back`. */
export interface Readdressed extends AsyncDisposable {
  readonly from: string;
  readonly to: string;
}

const most = 10;

/**
 * Stops a container, starts others until one has its address, and starts it again: the engine must give
 * it a new address. The others run until the result is disposed of.
 */
export async function readdress(stack: Stack, container: Docker.Container): Promise<Readdressed> {
  const back = await stack.network("back");
  const { Config } = await container.inspect();
  const from = await stack.addressOn("back", container.id);
  const others: Docker.Container[] = [];
  const dispose = async () => {
    await Promise.all(others.map((other) => other.remove({ force: true })));
  };
  await container.stop();
  try {
    let taken = "";
    while (taken !== from) {
      if (others.length === most) throw new Error(`no other container got the address ${from}`);
      const other = await docker.createContainer({
        Image: Config.Image,
        Entrypoint: ["node", "-e", "setInterval(() => {}, 1000)"],
        Labels: { [testLabel]: stack.project },
        HostConfig: { NetworkMode: back, Init: true },
      });
      others.push(other);
      await other.start();
      taken = await stack.addressOn("back", other.id);
    }
  } catch (error) {
    await dispose();
    throw error;
  } finally {
    await container.start();
  }
  return { from, to: await stack.addressOn("back", container.id), [Symbol.asyncDispose]: dispose };
}

import type Docker from "dockerode";
import { docker } from "../stack/docker.ts";
import type { Stack } from "../stack/stack.ts";
import { testLabel } from "../stack/sweep.ts";

/** A container that came back on `back` under another address than it had. */
export interface Readdressed extends AsyncDisposable {
  readonly from: string;
  readonly to: string;
}

const most = 10;

/**
 * Stops a container, lets strangers take its address (they stay until this is disposed of), and
 * starts it again, so that the engine has to give it another one.
 */
export async function readdress(stack: Stack, container: Docker.Container): Promise<Readdressed> {
  const back = await stack.network("back");
  const addressOf = async (one: Docker.Container) => {
    const { NetworkSettings } = await one.inspect();
    const joined = Object.values(NetworkSettings.Networks);
    return joined.find(({ NetworkID }) => NetworkID === back)?.IPAddress ?? "";
  };
  const { Config } = await container.inspect();
  const from = await addressOf(container);
  const strangers: Docker.Container[] = [];
  const dispose = async () => {
    await Promise.all(strangers.map((stranger) => stranger.remove({ force: true })));
  };
  await container.stop();
  try {
    let taken = "";
    while (taken !== from) {
      if (strangers.length === most) throw new Error(`no stranger got the address ${from}`);
      const stranger = await docker.createContainer({
        Image: Config.Image,
        Entrypoint: ["node", "-e", "setInterval(() => {}, 1000)"],
        Labels: { [testLabel]: stack.project },
        HostConfig: { NetworkMode: back, Init: true },
      });
      strangers.push(stranger);
      await stranger.start();
      taken = await addressOf(stranger);
    }
  } catch (error) {
    await dispose();
    throw error;
  } finally {
    await container.start();
  }
  return { from, to: await addressOf(container), [Symbol.asyncDispose]: dispose };
}

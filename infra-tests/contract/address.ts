import { docker } from "../stack/docker.ts";
import type { Stack } from "../stack/stack.ts";

/** A container's address on the stack's `back` network, where this host reaches it (on Linux). */
export async function addressOf(stack: Stack, id: string): Promise<string> {
  const back = await stack.network("back");
  const { NetworkSettings } = await docker.getContainer(id).inspect();
  const found = Object.values(NetworkSettings.Networks).find((each) => each.NetworkID === back);
  if (!found?.IPAddress) throw new Error(`container ${id} has no address on the network back`);
  return found.IPAddress;
}

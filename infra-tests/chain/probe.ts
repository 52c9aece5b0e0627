import { docker, logOf } from "../stack/docker.ts";
import { testLabel } from "../stack/projects.ts";
import type { Stack } from "../stack/stack.ts";

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Runs inside the probe: prints, as JSON, which endpoints took a TCP connection within a second. */
const script = `
  const { connect } = require("node:net");
  const knock = ({ host, port }) => new Promise((resolve) => {
    const socket = connect({ host, port });
    const done = (open) => { socket.destroy(); resolve(open); };
    socket.setTimeout(1000, () => done(false));
    socket.on("connect", () => done(true)).on("error", () => done(false));
  });
  Promise.all(JSON.parse(process.argv[1]).map(knock)).then((open) => console.log(JSON.stringify(open)));
`;

/**
 * The endpoints that a new container on a network can connect to. It has the stack's web image.
 * @param network the id of a network, or `bridge` for the engine's own
 */
export async function reachable(
  stack: Stack,
  network: string,
  endpoints: readonly Endpoint[],
): Promise<Endpoint[]> {
  const { Config } = await (await stack.container("web")).inspect();
  const probe = await docker.createContainer({
    Image: Config.Image,
    Entrypoint: ["node", "-e", script],
    Cmd: [JSON.stringify(endpoints)],
    Labels: { [testLabel]: stack.project },
    HostConfig: { NetworkMode: network },
  });
  try {
    await probe.start();
    const { StatusCode } = await probe.wait();
    const output = await logOf(probe);
    if (StatusCode !== 0) throw new Error(`the probe failed with code ${StatusCode}: ${output}`);
    const open: boolean[] = JSON.parse(output);
    return endpoints.filter((_, index) => open[index]);
  } finally {
    await probe.remove({ force: true });
  }
}

import { networkInterfaces } from "node:os";

/** Which node of the cluster this container is. */
export interface Identity {
  /** From 1; the first has the control plane. */
  readonly index: number;
  readonly name: string;
  /** The container's address, which the machine that runs it reaches. */
  readonly address: string;
  /** The first node's address. */
  readonly control: string;
  /** The addresses of its pods. */
  readonly pods: string;
}

/** @throws Error if the container has no network */
export function ownIdentity(): Identity {
  const address = networkInterfaces().eth0?.find(({ family }) => family === "IPv4")?.address;
  if (address === undefined) throw new Error("the container has no network eth0");
  const { NODE = "1", CONTROL = address } = process.env;
  const pods = `10.244.${NODE}.0/24`;
  return { index: Number(NODE), name: `node${NODE}`, address, control: CONTROL, pods };
}

import { execFile } from "node:child_process";
import { availableParallelism } from "node:os";
import { promisify } from "node:util";
import type { Chain } from "../chains/chain.ts";
import { build, NODE_IMAGE } from "../images.ts";
import type { Page } from "../pages.ts";
import { type Load, readH2load, readWrk } from "./read.ts";

const execute = promisify(execFile);

/** What a client's container must have to run. */
export const LABEL = "gatehouse.test.project";

export function buildClients(): Promise<string> {
  return build({ name: "clients", folder: "clients", args: { NODE_IMAGE } });
}

/**
 * How a client's container runs: on a chain's network, so that no published port is in the way, and on
 * one processor, the same for every chain.
 */
export function clientContainer(network: string, project: string): string[] {
  return [
    ...["run", "--rm", "--label", `${LABEL}=${project}`, "--network", network],
    ...["--cpuset-cpus", String(availableParallelism() - 1)],
    ...["--read-only", "--cap-drop", "ALL"],
  ];
}

/**
 * Sends requests for a page on kept connections, without a pause.
 * @throws Error if no request succeeds
 */
export async function load(
  chain: Chain,
  page: Page,
  seconds: number,
  image: string,
  project: string,
): Promise<Load> {
  const url = (page.scheme === "https" ? chain.https : chain.http) + page.target;
  const command = page.client === "wrk" ? wrk(page, url, seconds) : h2load(page, url, seconds);
  const { stdout } = await execute("docker", [
    ...clientContainer(chain.network, project),
    image,
    ...command,
  ]);
  return page.client === "wrk" ? readWrk(url, stdout) : readH2load(url, stdout);
}

function wrk({ connections, upload }: Page, url: string, seconds: number): string[] {
  return [
    ...["wrk", "--threads", "1", "--connections", String(connections)],
    ...["--duration", `${seconds}s`, "--timeout", "10s"],
    // With it no cache is used: neither ours nor the twin's, where requests would wait for each other.
    ...["--header", "Authorization: Basic YmVuY2g6"],
    ...(upload === undefined ? [url] : ["--script", "/bench/upload.lua", url, "--", `${upload}`]),
  ];
}

function h2load({ connections }: Page, url: string, seconds: number): string[] {
  return [
    ...["h2load", "--threads", "1", "--clients", String(connections)],
    ...["--max-concurrent-streams", "1", "--duration", String(seconds)],
    ...["--header", "authorization: Basic YmVuY2g6", url],
  ];
}

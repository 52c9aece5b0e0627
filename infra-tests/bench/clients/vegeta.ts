import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Chain } from "../chains/chain.ts";
import { build, DEBIAN_IMAGE } from "../images.ts";
import type { Page } from "../pages.ts";
import { clientContainer } from "./load.ts";
import { LoadError } from "./read.ts";

const execute = promisify(execFile);

/** How long responses took at a fixed rate, in milliseconds from the moment each was due. */
export interface Waits {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  /** Responses with status 200 in a second. */
  readonly perSecond: number;
  /** The part of the requests that succeeded. */
  readonly success: number;
}

export function buildVegeta(): Promise<string> {
  return build({ name: "vegeta", folder: "clients/vegeta", args: { DEBIAN_IMAGE } });
}

const ATTACK =
  'echo "GET $0" | vegeta attack -rate="$1/1s" -duration="$2s" -workers=32 -max-workers=256 -connections=256 ' +
  '-timeout=10s -header "Authorization: Basic YmVuY2g6" > /tmp/results && vegeta report -type=json /tmp/results';

/** Sends requests at a fixed rate, whether responses come or not. */
export async function attack(
  chain: Pick<Chain, "http" | "https" | "network">,
  page: Page,
  rate: number,
  seconds: number,
  image: string,
  project: string,
): Promise<Waits> {
  const url = (page.scheme === "https" ? chain.https : chain.http) + page.target;
  const { stdout } = await execute("docker", [
    ...clientContainer(chain.network, project),
    ...["--tmpfs", "/tmp", image, "sh", "-c", ATTACK, url, String(rate), String(seconds)],
  ]);
  return readVegeta(url, stdout);
}

interface Report {
  readonly latencies: Readonly<Record<"50th" | "99th" | "max", number>>;
  readonly throughput: number;
  readonly success: number;
  readonly errors: readonly string[] | null;
}

const NANOSECONDS = 1e6;

/** Reads vegeta's report. @throws Error if no request succeeded */
export function readVegeta(url: string, output: string): Waits {
  const { latencies, throughput, success, errors }: Report = JSON.parse(output);
  if (!(success > 0)) throw new LoadError(`no request to ${url} succeeded: ${errors?.join("; ")}`);
  return {
    p50: latencies["50th"] / NANOSECONDS,
    p99: latencies["99th"] / NANOSECONDS,
    max: latencies.max / NANOSECONDS,
    perSecond: throughput,
    success,
  };
}

import { exec } from "../../stack/docker.ts";
import type { ChaosStack } from "../chaos-stack.ts";
import type { Evidence } from "../evidence.ts";
import type { Fault } from "../fault.ts";

/** What the edges' name server says of the application. */
interface Response {
  /** Milliseconds. */
  readonly within: number;
  readonly error?: string;
  readonly addresses?: readonly string[];
}

const LOOK_UP = `
  const resolver = new (require("node:dns").promises.Resolver)({ timeout: 5000, tries: 1 });
  resolver.setServers(["127.0.0.1:5300"]);
  const began = performance.now();
  const end = (found) => console.log(JSON.stringify({ within: performance.now() - began, ...found }));
  resolver.resolve4("app").then((addresses) => end({ addresses }), ({ code }) => end({ error: code }));
`;

async function lookUp(stack: ChaosStack): Promise<Response> {
  const { code, output } = await exec(await stack.container("dns"), ["node", "-e", LOOK_UP]);
  if (code !== 0) throw new Error(output);
  return JSON.parse(output);
}

/** The name server says this, and said where both replicas are before. */
const nameServerSays =
  (shows: (response: Response) => boolean): Evidence =>
  async (stack) => {
    const { addresses, error } = await lookUp(stack);
    if (addresses?.length !== 2) throw new Error(`before the fault, app is ${addresses ?? error}`);
    return async () => {
      const response = await lookUp(stack);
      const { within } = response;
      const words = `${response.addresses ?? response.error} after ${within.toFixed(0)} ms`;
      return shows(response) ? `a look-up of app: ${words}` : undefined;
    };
  };

const lie = (fault: string): Pick<Fault, "begin" | "end"> => ({
  begin: (stack) => stack.inside("dns", `echo ${fault} > /run/dns/fault`),
  end: (stack) => stack.inside("dns", "rm /run/dns/fault"),
});

const STAYS =
  "A replica that is ready serves on until the name stands for another one that is. Nothing is lost.";

/** What the edges' name server does wrong: they find the replicas by a name. */
export const names: readonly Fault[] = [
  {
    name: "names-late",
    title: "The name server responds 1.5 s late",
    symptom: "A new replica gets requests a second later.",
    survives:
      "No request waits for the name server: the edge looks up the name beside them, and hears what is up to 3 s late.",
    todo: "Find what the name server waits for. Where that is Docker's, the engine has too much to do.",
    seconds: 10,
    bars: { recovers: 0, slowest: 1500 },
    evidence: nameServerSays(({ within, addresses }) => within >= 1400 && addresses?.length === 2),
    ...lie("late"),
  },
  {
    name: "names-absent",
    title: "The name of the application does not resolve for ten seconds",
    symptom: "`replica kept` in the log of the edge.",
    survives: STAYS,
    todo: "Look whether the replicas are in the network `back`: `docker network inspect`.",
    seconds: 10,
    bars: { recovers: 0, slowest: 1500 },
    evidence: nameServerSays(({ error }) => error === "ENOTFOUND"),
    ...lie("absent"),
  },
  {
    name: "names-nowhere",
    title: "The name of the application resolves to an address where nothing is",
    symptom: "`replica kept` and a `replica found` that is never ready in the log of the edge.",
    survives: STAYS,
    todo: "Correct the address, or WEB_UPSTREAM.",
    seconds: 10,
    bars: { recovers: 0, slowest: 1500 },
    evidence: nameServerSays(({ addresses }) => String(addresses) === "192.0.2.1"),
    ...lie("nowhere"),
  },
];

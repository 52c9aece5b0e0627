import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../../problem.ts";
import { engineFault, type Fault } from "./fault.ts";
import { type Host, readHost } from "./host.ts";
import { installEngine, startEngine } from "./install.ts";
import { type EngineState, inspectEngine } from "./state.ts";

/**
 * Makes sure that an engine, Compose and buildx are installed and new enough, and the daemon responds.
 * Installs or starts what is missing, as root on Debian or Ubuntu: without a question if there is no
 * terminal or INSTALL_ENGINE=1 is set, else after a question.
 * @param say receives a line for each step
 * @throws Problem (exit code 69) that names what is missing and how to get it
 */
export async function ensureEngine(say: (line: string) => void): Promise<EngineState> {
  const host = readHost();
  const { state: found, fault } = await examineEngine(host);
  if (fault === undefined) return found;
  const decision = fault.repair !== undefined && decide(fault, host);
  if (!(decision === "ask" ? await ask(fault) : decision)) {
    throw new Problem(`${fault.problem}: ${fault.fix}`, UNAVAILABLE_EXIT_CODE);
  }
  if (fault.repair === "start" && found.daemon !== undefined) {
    await startEngine(found.daemon, host, say);
  } else {
    await installEngine(host, say);
  }
  const { state, fault: left } = await examineEngine(host);
  if (left === undefined) return state;
  throw new Problem(
    `${left.problem}, although make engine has just tried: this machine's package archives may lack ` +
      "the release's updates suite; add it, or install as docs.docker.com/engine/install describes",
    UNAVAILABLE_EXIT_CODE,
  );
}

/** The installation, and its first fault; undefined if the stack can run on it. */
export async function examineEngine(host: Host = readHost()) {
  const state = await inspectEngine();
  return { state, fault: engineFault(state, host) };
}

/**
 * Whether a fault may be repaired. INSTALL_ENGINE decides if it is set. Else a user at a terminal is
 * asked; without a terminal, only a repair that stops no running container is allowed.
 */
export function decide(fault: Fault, host: Host): boolean | "ask" {
  if (host.consent !== undefined) return host.consent;
  return host.terminal ? "ask" : !fault.disruptive;
}

async function ask(fault: Fault): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const cost = fault.disruptive ? " (the daemon restarts, and with it every container)" : "";
  const question = terminal.question(`${fault.problem}: ${fault.fix}\nDo it now?${cost} (y/N) `);
  // Ctrl-C and Ctrl-D close the terminal, and the question never resolves.
  const closed = once(terminal, "close").then(() => "");
  try {
    return /^y(es)?$/i.test((await Promise.race([question, closed])).trim());
  } finally {
    terminal.close();
  }
}

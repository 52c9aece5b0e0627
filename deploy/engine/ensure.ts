import { once } from "node:events";
import { createInterface } from "node:readline/promises";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import { engineFault, type Fault } from "./fault.ts";
import { type Host, readHost } from "./host.ts";
import { installEngine, startEngine } from "./install.ts";
import { type EngineState, inspectEngine } from "./state.ts";

/**
 * Makes sure that an engine, Compose and buildx are there, new enough, and the daemon answers.
 * What is missing is installed or started if this may be done here: as root on Debian or Ubuntu,
 * without a terminal or with INSTALL_ENGINE=1 by itself, on a terminal after asking.
 * @param say takes the lines that tell what is being done
 * @throws Problem (exit code 69): one line that names what is missing and how to get it
 */
export async function ensureEngine(say: (line: string) => void): Promise<EngineState> {
  const host = readHost();
  const found = await inspectEngine();
  const fault = engineFault(found, host);
  if (fault === undefined) return found;
  if (!(await mayRepair(fault, host))) throw new Problem(fault.message, UNAVAILABLE_EXIT_CODE);

  if (fault.repair === "start" && found.daemon !== undefined) {
    await startEngine(found.daemon, host, say);
  } else {
    await installEngine(host, say);
  }
  const state = await inspectEngine();
  const left = engineFault(state, host);
  if (left === undefined) return state;
  throw new Problem(
    `${left.problem}, although make engine has just tried: this host's package archives may lack ` +
      "the release's updates suite; add it, or install as docs.docker.com/engine/install tells",
    UNAVAILABLE_EXIT_CODE,
  );
}

async function mayRepair(fault: Fault, host: Host): Promise<boolean> {
  if (fault.repair === undefined) return false;
  const answer = decide(fault, host);
  return answer === "ask" ? await ask(fault) : answer;
}

/**
 * Whether a fault that can be repaired may be: consent given or refused in the environment holds;
 * without it, somebody at a terminal is asked, and where nobody is, only a repair that ends no
 * running container is done.
 */
export function decide(fault: Fault, host: Host): boolean | "ask" {
  if (host.consent !== undefined) return host.consent;
  return host.terminal ? "ask" : !fault.disruptive;
}

async function ask(fault: Fault): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const cost = fault.disruptive ? " (the daemon restarts, and with it every container)" : "";
  const question = terminal.question(`${fault.message}\nDo it now?${cost} (y/N) `);
  // Ctrl-C and Ctrl-D close the terminal and leave the question without an answer.
  const closed = once(terminal, "close").then(() => "");
  try {
    return /^y(es)?$/i.test((await Promise.race([question, closed])).trim());
  } finally {
    terminal.close();
  }
}

import { createHash, randomBytes } from "node:crypto";
import { openClone } from "../clone.ts";
import { projectOf, readEnvironment, valuesOf } from "../env/environment.ts";
import { Problem } from "../problem.ts";
import { callEdges, type Verb } from "./edge-mode.ts";

/** Bytes of the token in a link: 128 random bits. */
const TOKEN_BYTES = 16;

export interface ModeOptions {
  /** How long a request waits in a pause, as the operator wrote it; "" for WEB_PAUSE_LONGEST. */
  readonly seconds: string;
  /** What visitors read under maintenance; "" for the edge's own text. */
  readonly message: string;
  /** Whether there is a way in for who has the link. */
  readonly pass: boolean;
}

/**
 * `make pause`, `resume`, `maintenance` and `live`. Each may be run again.
 * @returns what the edge says, and the link with the way in
 * @throws Problem
 */
export async function changeMode(word: string, options: ModeOptions): Promise<string> {
  const environment = await readEnvironment(openClone());
  const project = projectOf(openClone(), environment);
  const { seconds, message } = options;
  switch (word) {
    case "pause":
      return `${await callEdges(project, seconds === "" ? ["pause"] : ["pause", seconds])}; make resume ends it\n`;
    case "resume":
    case "live":
      return `${await callEdges(project, [word])}\n`;
    case "maintenance": {
      const text = message === "" ? [] : ["--message", message];
      if (!options.pass) return `${await callEdges(project, ["maintenance", ...text])}\n`;
      const secret = randomBytes(TOKEN_BYTES).toString("base64url");
      // The list of this machine's processes shows the sum, which opens nothing.
      const sum = createHash("sha256").update(secret).digest("hex");
      const verb: Verb = ["maintenance", ...text, "--pass", sum];
      const said = await callEdges(project, verb);
      const { bind, httpsPort } = valuesOf(environment);
      const host = bind === "0.0.0.0" ? "127.0.0.1" : bind;
      const origin = environment.own.WEB_PUBLIC_ORIGIN || `https://${host}:${httpsPort}`;
      return `${said}\nthe way in, until then: ${origin}/?maintenance-pass=${secret}\n`;
    }
    default:
      throw new Problem(`${word}: expected pause, resume, maintenance or live`);
  }
}

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { until } from "../stack/deadline.ts";
import { imageOf, runTool } from "../stack/tool.ts";
import type { ChaosStack } from "./chaos-stack.ts";
import { type Run, readRun } from "./samples.ts";

/** A steady load on the stack, as an open model: requests begin at a rate, however slow the responses are. */
export class Load {
  readonly #file: string;
  readonly #ended: Promise<number>;

  private constructor(file: string, ended: Promise<number>) {
    this.#file = file;
    this.#ended = ended;
  }

  /**
   * Starts k6, and waits for its first responses.
   * @param run the name of the run, which its notes have
   * @param seconds how long requests begin
   */
  static async start(stack: ChaosStack, run: string, seconds: number): Promise<Load> {
    const file = join(stack.folder, `${run}.csv`);
    const ended = runTool(stack, {
      image: imageOf("K6_IMAGE"),
      command: ["run", "--quiet", "--out", `csv=/chaos/${run}.csv`, "/load/main.ts"],
      environment: {
        RUN: run,
        SECONDS: String(seconds),
        ASSET: stack.asset,
        SSL_CERT_FILE: "/run/ca.crt",
        K6_NO_USAGE_REPORT: "true",
        K6_AUTO_EXTENSION_RESOLUTION: "false",
        K6_CSV_TIME_FORMAT: "unix_milli",
        K6_CSV_SAVE_INTERVAL: "200ms",
        K6_LOG_OUTPUT: "none",
      },
      mounts: { "/load": join(import.meta.dirname, "script"), "/run/ca.crt": stack.authority },
      writes: { "/chaos": stack.folder },
      reports: "chaos",
    });
    const begun = until("k6 has its first responses", async () => (await stat(file)).size > 2000, {
      within: 30_000,
    });
    await Promise.race([
      begun,
      ended.then((code) => Promise.reject(new Error(`k6 ended: ${code}`))),
    ]);
    return new Load(file, ended);
  }

  /** Waits for its end. @throws Error if k6 failed, which is not a failed request */
  async end(): Promise<Run> {
    const code = await this.#ended;
    if (code !== 0) throw new Error(`k6 ended with code ${code}`);
    return await readRun(this.#file);
  }
}

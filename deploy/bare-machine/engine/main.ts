import { runCommand } from "../../problem.ts";
import { ensureEngine } from "./ensure.ts";

await runCommand(async () => {
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  const { engine, compose, buildx } = await ensureEngine(say);
  say(`Docker engine ${engine}, Compose ${compose}, buildx ${buildx}`);
});

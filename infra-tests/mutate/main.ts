import { glob, mkdir, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { copyCheckout } from "./copy.ts";
import { PARTS, type Part } from "./parts.ts";
import { reportOn } from "./report.ts";
import { draw, piecesOf } from "./sample.ts";
import { testMutants, type Verdict } from "./stryker.ts";

/**
 * `node infra-tests/mutate/main.ts` changes the code of the parts that must not break, one change at
 * a time, counts the changes that the tests notice, and writes reports/mutate.txt. Variables: SEED
 * (default: 1) draws another sample, MUTANTS (default: 60) is its size for each part, PART names
 * one part.
 */
const root = join(import.meta.dirname, "../..");
const seed = whole("SEED", 1);
const wanted = whole("MUTANTS", 60);
const parts = PARTS.filter(({ name }) => (process.env.PART ?? name) === name);
if (parts.length === 0) {
  process.stderr.write(`PART=${process.env.PART}: there are ${PARTS.map((part) => part.name)}\n`);
  process.exit(2);
}

const verdicts: Verdict[] = [];
for (const part of parts) verdicts.push(...(await testPart(part)));
const report = reportOn(verdicts, seed);
const folder = join(root, "reports");
await mkdir(folder, { recursive: true });
await writeFile(join(folder, "mutate.txt"), `${report.text}\n`);
process.stdout.write(`\n${report.text}\n`);
if (!report.passed) process.exitCode = 1;

async function testPart(part: Part): Promise<Verdict[]> {
  await using copy = await copyCheckout(root);
  process.chdir(copy.folder);
  const files = await Array.fromAsync(glob([...part.code]));
  const code = files.filter((file) => !/\.(test|process|measure)\.ts$/.test(file));
  const pieces = draw(await piecesOf(code.sort()), wanted, seed);
  process.stdout.write(`\n== ${part.name}: ${pieces.length} pieces of ${code.length} files\n`);
  const verdicts = await testMutants(copy.folder, part, pieces, availableParallelism());
  process.chdir(root);
  return verdicts;
}

/** A whole number from the environment. */
function whole(name: string, usual: number): number {
  const value = process.env[name];
  if (value === undefined || value === "") return usual;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  process.stderr.write(`${name}=${value}: a whole number is needed\n`);
  process.exit(2);
}

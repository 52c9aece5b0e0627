import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { type Clone, openClone } from "../../clone.ts";
import { print } from "../../print.ts";
import { Problem } from "../../problem.ts";
import { Stages } from "../../stages.ts";
import { Connection } from "../connection.ts";
import { type Environment, readServerEnvironment } from "../environment.ts";
import { backupTimerStep } from "./backup-timer.ts";
import { engineSettingsStep } from "./engine-settings.ts";
import { type Facts, readFacts } from "./facts.ts";
import { firewallStep } from "./firewall.ts";
import { engineStep, toolsStep, updatesStep } from "./packages.ts";
import { restartStep } from "./restart.ts";
import { Root, type Step, take } from "./step.ts";
import { folderStep, userStep } from "./user.ts";

const GIGABYTE = 2 ** 30;

/** A build of the images beside a site that serves needs about as much. */
const ENOUGH_MEMORY = 2 * GIGABYTE;

/**
 * Makes a bare Debian or Ubuntu a server that can be deployed to. What is so already is left alone.
 * @returns the last lines for the operator
 * @throws Problem
 */
export async function prepareServer(name: string): Promise<string> {
  const clone = openClone();
  const environment = await readServerEnvironment(clone, name);
  const { server } = environment;
  const keys = await keysOf(clone, environment);
  await using connection = await Connection.open(environment, server.admin);
  const root = new Root(connection);
  const facts = await readFacts(root);
  const steps = await stepsFor(environment, facts, keys);
  print(`${server.host} runs ${facts.distribution.name}. It should have:\n`);
  for (const step of steps) print(`  ${step.name}\n`);
  const stages = new Stages(steps.length);
  let changed = 0;
  for (const step of steps) if (await take(step, root, stages)) changed += 1;
  return [
    "",
    changed === 0 ? "Nothing had to be changed." : `Changed: ${changed} of ${steps.length}.`,
    ...adviceFor(facts),
    `make deploy TO=${name} deploys the commit that is checked out here.`,
    "",
  ].join("\n");
}

/** In this order: the engine's first start has its settings, and the firewall comes when sshd is known to work. */
async function stepsFor(
  environment: Environment,
  facts: Facts,
  keys: readonly string[],
): Promise<Step[]> {
  const { server } = environment;
  return [
    toolsStep(),
    engineSettingsStep(facts),
    engineStep(facts),
    userStep(server, keys),
    folderStep(environment),
    updatesStep(facts),
    firewallStep(environment, facts),
    ...restartStep(facts),
    ...(facts.systemd ? [await backupTimerStep(environment)] : []),
  ];
}

function adviceFor({ memory, swap, passwords }: Facts): string[] {
  const advice: string[] = [];
  if (memory < ENOUGH_MEMORY && swap === 0) {
    advice.push(
      `It has ${(memory / GIGABYTE).toFixed(1)} GiB of memory and no swap: a build beside the running site may need more. As root there:`,
      "  fallocate -l 2G /swapfile && chmod 600 /swapfile && mkswap /swapfile && swapon /swapfile",
      "  echo '/swapfile none swap sw 0 0' >> /etc/fstab",
    );
  }
  if (passwords) {
    advice.push(
      "Its sshd accepts passwords. When your key works, as root there:",
      "  echo 'PasswordAuthentication no' > /etc/ssh/sshd_config.d/10-keys.conf && systemctl reload ssh",
    );
  }
  return advice;
}

async function keysOf({ root }: Clone, { server, file }: Environment): Promise<string[]> {
  if (server.keys === "") return [];
  const text = await readFile(join(root, server.keys), "utf8").catch(() => {
    throw new Problem(`${file}: SERVER_KEYS=${server.keys}: no such file`, CONFIG_EXIT_CODE);
  });
  const lines = text.split("\n").map((line) => line.trim());
  return lines.filter((line) => line !== "" && !line.startsWith("#"));
}

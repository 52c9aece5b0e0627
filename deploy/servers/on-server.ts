import { isIPv6 } from "node:net";
import { CONFIG_EXIT_CODE } from "@gatehouse/settings";
import { openClone } from "../clone.ts";
import { print, printError } from "../print.ts";
import { Problem } from "../problem.ts";
import { wantedRelease } from "../releases/rollback.ts";
import { showLogs } from "../stack/logs.ts";
import {
  CANARY_OF_A_COMMIT,
  COMMANDS,
  COMPOSE,
  type Command,
  ON_SERVERS,
  PROGRAM,
  REVERT,
} from "./commands.ts";
import { Connection } from "./connection.ts";
import { sendEverything } from "./deploy.ts";
import { type Environment, readServerEnvironment } from "./environment.ts";
import { runRemoteCommand } from "./follow.ts";
import { NODE, newCommandId, operator, type RemoteCommand } from "./remote-command.ts";
import { commandLine, exports, quoted } from "./shell.ts";
import { readSite } from "./site.ts";
import { forEarlierTree, passedOn, settingsOfShell, type Variables } from "./variables.ts";

/**
 * Runs a command of the operator on the server of an environment, where it does what it does here.
 * @param name of the make target
 * @param words after it: the program of `make exec`
 * @returns its exit code
 * @throws Problem
 */
export async function onServer(
  name: string,
  words: readonly string[],
  variables: Variables = process.env,
): Promise<number> {
  if (!ON_SERVERS.includes(name)) {
    throw new Problem(`make ${name} has no TO=: it works on this machine only`, CONFIG_EXIT_CODE);
  }
  const clone = openClone();
  const environment = await readServerEnvironment(clone, variables.TO ?? "");
  const { folder, server } = environment;
  const command = chosen(name, variables);
  const passed = passedOn(name, command ?? COMPOSE_VARIABLES, environment.file, variables);
  // The server would take any other word for the name of an environment: it gets this one as TO too.
  if (name === "rollback") wantedRelease({ RELEASE: passed.RELEASE });
  await using connection = await Connection.open(environment, server.user);
  if (command === undefined) {
    await readSite(environment, connection);
    const there = `cd ${quoted(folder)} && ${commandLine(["docker", "compose", ...composeWords(name, words)])}`;
    if (name !== "logs") return await connection.interactive(there);
    const { child, terminal } = connection.watched(there);
    return await showLogs(child, terminal ? "\r\n" : "\n");
  }
  if (command.kind === "look") {
    await requireTree(environment, connection);
    return await connection.interactive(
      `cd ${quoted(folder)} && ${exports(passed)}exec ${commandLine([NODE, PROGRAM, name])}`,
    );
  }
  const remote: RemoteCommand = {
    ...{ folder, id: newCommandId(), title: `make ${name}`, words: [PROGRAM, name] },
    variables: { ...passed, ...forEarlierTree(passed), DEPLOYED_BY: operator() },
    unlocked: command.unlocked ?? false,
  };
  if (command.kind === "change") {
    await requireTree(environment, connection);
    return await runRemoteCommand(connection, remote, environment.name);
  }
  const ignored = settingsOfShell(variables);
  if (ignored.length > 0) {
    printError(
      `gatehouse: ${ignored.join(", ")} of this shell: not sent, the settings of the server are in ${environment.file}\n`,
    );
  }
  const { tree, deployed } = await sendEverything(clone, environment, connection);
  // The first deploy to a server starts the stack there.
  const first = name === "deploy" && !deployed ? { words: [PROGRAM, "up"] } : {};
  const code = await runRemoteCommand(connection, { ...remote, ...first, tree }, environment.name);
  if (code === 0)
    print(`\n${addressOf(environment)} serves; make logs TO=${environment.name} shows its logs\n`);
  return code;
}

/** Where the site is, as far as the environment's file says it. */
export function addressOf({ server, stack }: Pick<Environment, "server" | "stack">): string {
  if (stack.WEB_PUBLIC_ORIGIN) return stack.WEB_PUBLIC_ORIGIN;
  const { PUBLISH_BIND: bind = "127.0.0.1", PUBLISH_HTTPS_PORT: port = "8443" } = stack;
  const host = isIPv6(server.host) ? `[${server.host}]` : server.host;
  const loopback = bind.startsWith("127.");
  const address = `https://${loopback ? bind : host}${port === "443" ? "" : `:${port}`}`;
  return loopback
    ? `${address}, on the server alone until the environment has SERVER_DOMAINS or PUBLISH_BIND,`
    : address;
}

function chosen(name: string, variables: Variables): Command | undefined {
  if (name === "canary" && variables.PERCENT) return CANARY_OF_A_COMMIT;
  if (name === "canary" && variables.REVERT) return REVERT;
  return COMMANDS[name];
}

/** What make itself has read before this: the command of `make exec`. */
const COMPOSE_VARIABLES = { variables: ["RUN"] };

function composeWords(name: string, words: readonly string[]): readonly string[] {
  if (name === "psql") return ["exec", ...terminal(), ...PSQL, ...words];
  if (name === "exec") {
    if (words.length > 0) return ["exec", ...terminal(), "app", ...words];
    throw new Problem('make exec needs a command: make exec TO=production RUN="node --version"');
  }
  return COMPOSE[name] ?? [];
}

/** On the database's own socket, with the rights of the role that owns the site's tables. */
const PSQL = [
  ...["--env", "PGOPTIONS=-c role=gatehouse_owner", "db"],
  ...["psql", "-U", "gatehouse", "gatehouse"],
];

const terminal = (): string[] => (process.stdin.isTTY && process.stdout.isTTY ? [] : ["-T"]);

async function requireTree(environment: Environment, connection: Connection): Promise<void> {
  const site = await readSite(environment, connection);
  if (site.ready) return;
  throw new Problem(
    `nothing was deployed to ${environment.server.host} yet: make deploy TO=${environment.name} does`,
  );
}

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { type CommandResult, run } from "../command.ts";
import { Problem, UNAVAILABLE_EXIT_CODE } from "../problem.ts";
import type { Environment } from "./environment.ts";
import { refusalOf } from "./refusal.ts";

/** What ssh exits with if the connection fails or breaks. */
export const LOST = 255;

/** Seconds: to connect; and without a sign of life, after which the connection counts as lost. */
const CONNECT_TIMEOUT = 15;
const ALIVE_INTERVAL = 5;
const ALIVE_COUNT = 3;

const POLL = 20;

/**
 * A connection to a server as one of its users. One process of ssh, the master, holds it, and every command
 * goes through that one, so that a key is asked for once. Host keys are verified, and nothing that is sent stands on a command line.
 */
export class Connection implements AsyncDisposable {
  readonly user: string;
  readonly #environment: Environment;
  readonly #folder = mkdtempSync(join(tmpdir(), "gatehouse-ssh-"));
  #master: ChildProcess | undefined;

  private constructor(environment: Environment, user: string) {
    this.#environment = environment;
    this.user = user;
    const { host, port, hostKey } = environment.server;
    const name = port === 22 ? host : `[${host}]:${port}`;
    if (hostKey !== "") writeFileSync(join(this.#folder, "known_hosts"), `${name} ${hostKey}\n`);
  }

  /** @throws Problem (exit code 69) that says why there is no connection, and what to do */
  static async open(environment: Environment, user: string): Promise<Connection> {
    const connection = new Connection(environment, user);
    try {
      await connection.#hold();
      return connection;
    } catch (error) {
      await connection[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** The command that ssh and git use for this connection, before the address. */
  get command(): string[] {
    return ["ssh", ...this.#options()];
  }

  /** For git: the address of a folder of the server. */
  url(folder: string): string {
    const { host, port } = this.#environment.server;
    return `ssh://${this.user}@${host.includes(":") ? `[${host}]` : host}:${port}${folder}`;
  }

  /**
   * Runs a script of POSIX shell on the server. It travels by standard input.
   * @param shell what reads it there
   */
  run(script: string, shell = "sh"): Promise<CommandResult> {
    return run("ssh", [...this.#options(), ...this.#address(), shell], { input: script });
  }

  /**
   * Runs a script that reads bytes from this machine, or writes to its streams as it goes on.
   * @param fixed stands on the command line: nothing secret
   */
  spawn(fixed: string, input: Readable | "ignore" = "ignore"): ChildProcess {
    const args = [...this.#options(), ...this.#address(), fixed];
    const child = spawn("ssh", args, {
      stdio: [input === "ignore" ? "ignore" : "pipe", "pipe", "pipe"],
      detached: true,
    });
    if (input !== "ignore" && child.stdin !== null) {
      child.stdin.on("error", () => {});
      input.pipe(child.stdin);
    }
    return child;
  }

  /** Starts a command on this terminal, whose output is read here: with a terminal, its lines end with \r\n. */
  watched(fixed: string): { readonly child: ChildProcess; readonly terminal: boolean } {
    const terminal = isTerminal();
    const args = [...(terminal ? ["-t"] : []), ...this.#options(), ...this.#address(), fixed];
    return { child: spawn("ssh", args, { stdio: ["inherit", "pipe", "inherit"] }), terminal };
  }

  /** Runs a command on this terminal, with a terminal there if this is one. @returns its exit code */
  async interactive(fixed: string): Promise<number> {
    const terminal = isTerminal() ? ["-t"] : [];
    const args = [...terminal, ...this.#options(), ...this.#address(), fixed];
    return (await run("ssh", args, { interactive: true })).code;
  }

  async #hold(): Promise<void> {
    const holding = ["-o", "ControlMaster=yes", "-o", "ControlPersist=no"];
    // `cat` ends when this process does, however that ends, and with it the connection.
    const words = ["ssh", ...holding, ...this.#options(), ...this.#address(), "cat"];
    // In this group of processes ssh may ask on the terminal for the passphrase of a key. What Ctrl-C and the end of
    // the terminal send to the group must not end it: the server is yet to be sent what they mean.
    const master = spawn("sh", ["-c", 'trap "" HUP INT; exec "$@"', "sh", ...words], {
      stdio: ["pipe", "ignore", "pipe"],
    });
    master.stdin.on("error", () => {});
    this.#master = master;
    let stderr = "";
    let ended: number | undefined;
    master.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    master.once("error", (error) => {
      stderr += error.message;
      ended = 127;
    });
    master.once("close", (code) => {
      if (code === 127) stderr = "there is no program ssh";
      ended ??= code ?? LOST;
    });
    while (!existsSync(this.#socket())) {
      if (ended !== undefined) throw await this.#refused(stderr);
      await pause(POLL);
    }
  }

  async #refused(stderr: string): Promise<Problem> {
    const { server, name, file } = this.#environment;
    const place = { ...server, user: this.user, name, file };
    return new Problem(await refusalOf(place, stderr), UNAVAILABLE_EXIT_CODE);
  }

  #socket(): string {
    return join(this.#folder, "socket");
  }

  #options(): string[] {
    const { port, hostKey } = this.#environment.server;
    const known = join(this.#folder, "known_hosts");
    return [
      ...["-p", `${port}`, "-o", `ControlPath=${this.#socket()}`],
      ...["-o", "StrictHostKeyChecking=yes", "-o", `ConnectTimeout=${CONNECT_TIMEOUT}`],
      ...(hostKey === ""
        ? []
        : ["-o", `UserKnownHostsFile=${known}`, "-o", "GlobalKnownHostsFile=/dev/null"]),
      ...(process.stdin.isTTY ? [] : ["-o", "BatchMode=yes"]),
      ...[
        "-o",
        `ServerAliveInterval=${ALIVE_INTERVAL}`,
        "-o",
        `ServerAliveCountMax=${ALIVE_COUNT}`,
      ],
      ...["-o", "ForwardAgent=no", "-o", "ForwardX11=no", "-o", "ClearAllForwardings=yes"],
    ];
  }

  #address(): string[] {
    return ["-l", this.user, "--", this.#environment.server.host];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const master = this.#master;
    if (master?.pid !== undefined && master.exitCode === null && master.signalCode === null) {
      const closed = once(master, "close");
      master.kill();
      await closed;
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

const isTerminal = (): boolean => process.stdin.isTTY === true && process.stdout.isTTY === true;

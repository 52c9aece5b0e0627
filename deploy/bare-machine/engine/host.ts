import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";

/** The facts of this machine that decide whether and how an engine may be installed. */
export interface Host {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
  /** The name of the user who runs this, for messages. */
  readonly user: string;
  /** Whether a user at a terminal can be asked. */
  readonly terminal: boolean;
  /** Whether systemd runs this machine. */
  readonly systemd: boolean;
  /** The Linux distribution; undefined elsewhere. */
  readonly distribution: Distribution | undefined;
  /** true for INSTALL_ENGINE=1, false for INSTALL_ENGINE=0, else undefined. */
  readonly consent: boolean | undefined;
}

export interface Distribution {
  /** "debian", "ubuntu", ... */
  readonly id: string;
  /** Its release as a number: 12, 24.04; Infinity if it has none yet (testing). */
  readonly release: number;
  /** "bookworm"; empty if it has none. */
  readonly codename: string;
  /** "Debian GNU/Linux 12 (bookworm)". */
  readonly name: string;
}

const OS_RELEASE = "/etc/os-release";

export function readHost(env: NodeJS.ProcessEnv = process.env): Host {
  const consent = env.INSTALL_ENGINE;
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    user: env.USER ?? String(process.getuid?.()),
    terminal: process.stdin.isTTY === true,
    // The test of sd_booted(3).
    systemd: existsSync("/run/systemd/system"),
    distribution: existsSync(OS_RELEASE)
      ? readDistribution(readFileSync(OS_RELEASE, "utf8"))
      : undefined,
    consent: consent === "1" ? true : consent === "0" ? false : undefined,
  };
}

/** Reads the text of an os-release(5) file. */
export function readDistribution(text: string): Distribution {
  const field = parseEnv(text);
  return {
    id: field.ID ?? "linux",
    release: field.VERSION_ID === undefined ? Infinity : Number.parseFloat(field.VERSION_ID),
    codename: field.VERSION_CODENAME ?? "",
    name: field.PRETTY_NAME ?? "Linux",
  };
}

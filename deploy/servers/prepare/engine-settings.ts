import { Problem } from "../../problem.ts";
import type { Facts } from "./facts.ts";
import { file, fileIs } from "./files.ts";
import type { Step } from "./step.ts";

const PATH = "/etc/docker/daemon.json";

/** Each container keeps 30 MB of logs; and containers go on while the engine is updated. */
const OURS = {
  "log-driver": "json-file",
  "log-opts": { "max-size": "10m", "max-file": "3" },
  "live-restore": true,
};

/** Before the engine is installed, so that its first start has them. @throws Problem for a file that is no JSON */
export function engineSettingsStep({ daemon, systemd }: Facts): Step {
  const text = engineSettings(daemon);
  return {
    name: "engine's settings: limits for logs, containers outlive its updates",
    check: `${fileIs(PATH, text)} || exit 1`,
    make: [
      file(PATH, text),
      ...(systemd
        ? ["systemctl --quiet is-active docker && systemctl reload docker || :"]
        : ["pkill -HUP -x dockerd || :"]),
    ].join("\n"),
    made: `written to ${PATH}; a log limit reaches containers that are made from now on`,
  };
}

/** The text of daemon.json with our settings. What the operator has set there stays. */
export function engineSettings(before: string): string {
  let former: Record<string, unknown>;
  try {
    former = before === "" ? {} : JSON.parse(before);
  } catch (error) {
    throw new Problem(`${PATH} of the server is no JSON (${error}): mend it there`);
  }
  // Another driver has options of its own, and the engine does not start with a foreign one.
  const { "log-opts": options, ...rest } = OURS;
  const ours =
    (former["log-driver"] ?? "json-file") === "json-file" ? { ...rest, "log-opts": options } : rest;
  return `${JSON.stringify({ ...ours, ...former }, undefined, 2)}\n`;
}

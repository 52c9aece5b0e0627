import type { Facts } from "./facts.ts";
import { file, fileIs } from "./files.ts";
import type { Step } from "./step.ts";

const SCRIPT = "/etc/gatehouse/start-edges.sh";
const UNIT = "gatehouse-edges.service";

/** How often it is tried, and seconds between two tries. */
const TRIES = 30;
const PAUSE = 2;

/**
 * Starts the containers that the engine has given up when it started: it starts all at once, and one that joins the
 * network of another which does not run yet gets "cannot join network of a non running container", and no second
 * try. So it is with the edges, which are in the network of edge-port. What was stopped by hand stays so.
 * @param pause seconds between two tries
 */
export function startEdges(pause = PAUSE): string {
  return `# Written by make server.
for try in $(seq ${TRIES}); do
  left=
  for id in $(docker ps --all --quiet --filter status=exited --filter label=com.docker.compose.service=web); do
    case "$(docker inspect --format '{{.State.Error}}' "$id")" in
    *"cannot join network"*) docker start "$id" || left="$left $id" ;;
    esac
  done
  [ -n "$left" ] || exit 0
  sleep ${pause}
done
echo "cannot be started:$left" >&2
exit 1
`;
}

const unit = `# Written by make server.
[Unit]
Description=Edges that the engine could not start
After=docker.service
Requires=docker.service

[Service]
Type=oneshot
ExecStart=/bin/sh ${SCRIPT}

[Install]
WantedBy=docker.service
`;

/** The edges come back with the server, and with its engine. */
export function restartStep({ systemd }: Pick<Facts, "systemd">): Step[] {
  if (!systemd) return [];
  const files: readonly (readonly [string, string])[] = [
    [SCRIPT, startEdges()],
    [`/etc/systemd/system/${UNIT}`, unit],
  ];
  return [
    {
      name: "restart: the edges too",
      check: [
        ...files.map(([path, text]) => `${fileIs(path, text)} || exit 1`),
        `systemctl --quiet is-enabled ${UNIT} || exit 1`,
      ].join("\n"),
      make: [
        ...files.map(([path, text]) => file(path, text)),
        "systemctl daemon-reload",
        `systemctl --quiet enable ${UNIT}`,
      ].join("\n"),
      made: "they start after the container whose network they are in",
    },
  ];
}

import { run } from "../command.ts";

/** What the operator's commands need of a container of a Compose project. */
export interface Container {
  readonly id: string;
  readonly service: string;
  /** The service and the number of the replica: "app-1". */
  readonly name: string;
  readonly state: string;
  /** "starting", "healthy" or "unhealthy"; "none" without a health check. */
  readonly health: string;
  /** The exit code of a container that has ended or restarts; undefined while it runs. */
  readonly exitCode: number | undefined;
  /** The ports that it publishes, as the engine writes them: "127.0.0.1:8080->8080/tcp". */
  readonly ports: string;
}

const FIELDS = [
  "{{.ID}}",
  '{{.Label "com.docker.compose.service"}}',
  '{{.Label "com.docker.compose.container-number"}}',
  "{{.State}}",
  "{{.Status}}",
  "{{.Ports}}",
];

/** All containers of a project, stopped ones included; none if the engine does not respond. */
export async function listContainers(project: string): Promise<Container[]> {
  const { stdout } = await run("docker", [
    ...["ps", "--all", "--no-trunc", "--filter", `label=com.docker.compose.project=${project}`],
    // `docker compose run` makes one-off containers of a service: they are no replicas.
    ...["--filter", "label=com.docker.compose.oneoff=False", "--format", FIELDS.join("\t")],
  ]);
  return stdout.split("\n").filter(Boolean).map(readContainer);
}

/** Reads one line of `docker ps`. */
export function readContainer(line: string): Container {
  const [id = "", service = "", number = "", state = "", status = "", ports = ""] =
    line.split("\t");
  const exit = /^(?:Exited|Restarting) \((\d+)\)/.exec(status)?.[1];
  return {
    id,
    service,
    name: `${service}-${number}`,
    state,
    health: /\((?:health: )?(starting|healthy|unhealthy)\)/.exec(status)?.[1] ?? "none",
    exitCode: exit === undefined ? undefined : Number(exit),
    ports,
  };
}

/** The condition of a container in a few words. */
export function condition({ state, health, exitCode }: Container): string {
  if (exitCode === 0 && state === "exited") return "done";
  if (exitCode !== undefined) return `${state}, exit code ${exitCode}`;
  return state === "running" && health !== "none" ? health : state;
}

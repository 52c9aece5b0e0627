/** Variables for Compose; they outrank those of the clone's `.env`. */
export type StackEnvironment = Readonly<Record<string, string>>;

/** The two ports of loopback that a stack publishes. */
export type Ports = readonly [http: number, https: number];

/** What keeps a project apart from all others of this machine. */
export function placeOf(project: string, [http, https]: Ports): StackEnvironment {
  return {
    COMPOSE_PROJECT_NAME: project,
    PUBLISH_HTTP_PORT: String(http),
    PUBLISH_HTTPS_PORT: String(https),
  };
}

/**
 * The variables of a test stack, whatever the clone's `.env` says of its own.
 * @param changes those that this stack has beside them, or in their place
 */
export function stackEnvironment(
  project: string,
  ports: Ports,
  changes: StackEnvironment,
): StackEnvironment {
  return {
    ...placeOf(project, ports),
    PUBLISH_BIND: "127.0.0.1",
    EDGE: "web",
    EDGES: "1",
    REPLICAS: "2",
    // More than there are processors: what several workers of a replica share is tested on any machine.
    GATEWAY_WORKERS: "2",
    JOBS: "",
    SCHEDULE: "",
    // Not the release of the clone's own stack: these images are built for this project.
    RELEASE_APP: "",
    RELEASE_WEB: "",
    ...changes,
  };
}

/** Variables as the text of a `.env`. */
export function envText(variables: StackEnvironment, lines: readonly string[] = []): string {
  const own = Object.entries(variables).map(([name, value]) => `${name}=${value}`);
  return `${[...own, ...lines].join("\n")}\n`;
}

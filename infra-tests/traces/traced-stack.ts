import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { build, DEBIAN_IMAGE, NODE_IMAGE } from "../bench/images.ts";
import { root, siteJobs, siteModule } from "../stack/clone.ts";
import { until } from "../stack/deadline.ts";
import { logOf } from "../stack/docker.ts";
import { tails } from "../stack/logs.ts";
import { freePorts } from "../stack/ports.ts";
import { newProjectName, removeLeftovers, removeProject } from "../stack/projects.ts";
import { Stack } from "../stack/stack.ts";
import { type CollectedSpan, collectedSpans } from "./collected.ts";

const execute = promisify(execFile);

export const FILES = [
  "compose.yaml",
  "deploy/accessories/collector.yaml",
  "infra-tests/compose.test.yaml",
] as const;

/** Where the other images are stand-ins, no registry is in reach: then the collector is built here. */
async function collectorImage(): Promise<string> {
  const chosen = process.env.COLLECTOR_IMAGE ?? "";
  if (chosen !== "" || !NODE_IMAGE.startsWith("gatehouse-base/")) return chosen;
  return await build({
    name: "collector",
    folder: "../traces/collector",
    tag: "gatehouse-base/otelcol:0.165.0",
    args: { DEBIAN_IMAGE },
  });
}

/** The clone's own site, whose tiers send their spans to a real OpenTelemetry Collector. */
export class TracedStack extends Stack implements AsyncDisposable {
  readonly environment: Readonly<Record<string, string>>;

  private constructor(ports: readonly number[], collector: string) {
    super(newProjectName());
    const [http, https] = ports.map(String);
    this.environment = {
      COMPOSE_PROJECT_NAME: this.project,
      PUBLISH_BIND: "127.0.0.1",
      PUBLISH_HTTP_PORT: http ?? "",
      PUBLISH_HTTPS_PORT: https ?? "",
      REPLICAS: "2",
      EDGE: "web",
      EDGES: "1",
      APP: siteModule(),
      BUILD_APP: "app",
      ...siteJobs(),
      RELEASE_APP: "",
      RELEASE_WEB: "",
      COLLECTOR_IMAGE: collector,
      OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector:4318",
      OTEL_SERVICE_NAME: "shop",
    };
  }

  static async start(): Promise<TracedStack> {
    await removeLeftovers();
    const stack = new TracedStack(await freePorts(), await collectorImage());
    await stack.compose("up", "--build", "--detach", "--wait", "--wait-timeout", "240");
    return stack;
  }

  /** Runs a command of Compose on this project. @returns what it printed. @throws if it fails */
  async compose(...words: string[]): Promise<string> {
    const files = FILES.flatMap((file) => ["--file", file]);
    const { stdout } = await execute("docker", ["compose", ...files, ...words], {
      cwd: root,
      env: { ...process.env, ...this.environment },
      maxBuffer: 64 * 1024 * 1024,
    });
    return stdout;
  }

  /** What the collector has accepted. */
  async spans(): Promise<CollectedSpan[]> {
    return collectedSpans(await logOf(await this.container("collector")));
  }

  /** The spans of a request's trace, once there is one that fits. */
  async traceOf(
    requestId: string,
    fits: (spans: readonly CollectedSpan[]) => boolean,
  ): Promise<CollectedSpan[]> {
    return await until(
      `the spans of request ${requestId}`,
      async () => {
        const all = await this.spans();
        const isOwn = ({ attributes }: CollectedSpan) =>
          attributes["gatehouse.request_id"] === requestId;
        const traceId = all.find(isOwn)?.traceId;
        const spans = all.filter((span) => span.traceId === traceId);
        return fits(spans) && spans;
      },
      { within: 60_000, every: 250, evidence: () => tails(this, "collector", "web", "app") },
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await removeProject(this.project);
  }
}

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { slowness } from "@gatehouse/telemetry/testing";
import { stringify } from "yaml";
import { openClone } from "../../deploy/clone.ts";
import { secretsOf } from "../../deploy/kubernetes/secrets.ts";
import { applicationOf, type Behaviour, MODULE } from "../deploys/application.ts";
import { Load } from "../deploys/load.ts";
import { FreshClone } from "../first-run/fresh-clone.ts";
import { until } from "../stack/deadline.ts";
import { run } from "../stack/run.ts";
import { imageOf } from "../stack/tool.ts";
import { Cluster } from "./cluster.ts";

/** Requests per second on a quiet machine. */
const RATE = 100;
/** The overlay of the tests: that of one machine, with these images and the application under test. */
export const OVERLAY = "deploy/kubernetes/overlays/lab";
const NAMESPACE = ["--namespace", "gatehouse"];
const BEFORE = ["--selector", "gatehouse/step=before"];

/** The volumes of the overlay local, with the claims that they are for. */
const VOLUMES = { assets: "assets", media: "media", db: "db-db-0" };

/** What an overlay names: images by their tags, and settings of the application. */
export interface Release {
  readonly web: string;
  readonly app: string;
  readonly settings?: Readonly<Record<string, string>>;
}

/** A clone, and a cluster that runs it. */
export class Site implements AsyncDisposable {
  readonly #clone: FreshClone;
  readonly cluster: Cluster;
  #ports: { readonly http: string; readonly https: string } | undefined;

  private constructor(clone: FreshClone, cluster: Cluster) {
    this.#clone = clone;
    this.cluster = cluster;
  }

  static async start(): Promise<Site> {
    const clone = await FreshClone.make();
    try {
      const cluster = await Cluster.start(clone.stack.project, clone.root);
      const site = new Site(clone, cluster);
      await site.#makeVolumes();
      return site;
    } catch (error) {
      await clone[Symbol.asyncDispose]();
      throw error;
    }
  }

  get project(): string {
    return this.#clone.stack.project;
  }

  /** Builds images of the application under test, by release, and one of the edge, and gives them to the node. */
  async buildAndLoad(releases: Readonly<Record<string, Behaviour>>): Promise<void> {
    const { root } = this.#clone;
    const tags: string[] = [`${this.project}/web:one`, `${this.project}/web:two`];
    const base = ["--build-arg", `NODE_IMAGE=${imageOf("NODE_IMAGE")}`];
    const build = async (...args: readonly string[]): Promise<void> => {
      const code = await run("docker", ["build", "--quiet", ...base, ...args, root]);
      if (code !== 0) throw new Error("an image cannot be built: see the lines above");
    };
    const edge = ["--file", join(root, "Dockerfile.web"), "--target", "web"];
    await build(...edge, "--tag", `${this.project}/web:one`);
    await build(...edge, "--label", "release=two", "--tag", `${this.project}/web:two`);
    for (const [release, behaviour] of Object.entries(releases)) {
      const tag = `${this.project}/app:${release}`;
      await writeFile(join(root, MODULE), applicationOf(release, behaviour));
      const file = ["--file", join(root, "Dockerfile.app"), "--target", "examples"];
      await build(...file, "--tag", tag);
      tags.push(tag);
    }
    await this.cluster.load(...tags, imageOf("POSTGRES_IMAGE"));
  }

  /** The first of the commands of docs/scaling.md: namespace and secrets. */
  async applySecrets(): Promise<void> {
    const names = ["localhost", "127.0.0.1", this.cluster.address];
    await this.cluster.apply(await secretsOf(openClone(this.#clone.root), names));
  }

  /** Writes the overlay, as a site's own is written. */
  async write({ web, app, settings = {} }: Release): Promise<void> {
    const [name, tag] = imageOf("POSTGRES_IMAGE").split(":");
    const image = (tier: string, newTag: string) => ({
      name: `gatehouse/${tier}`,
      newName: `${this.project}/${tier}`,
      newTag,
    });
    const literals = Object.entries({ GATEWAY_APP: MODULE, ...settings }).map(
      ([variable, value]) => `${variable}=${value}`,
    );
    await this.writeOverlay("lab", {
      namespace: "gatehouse",
      resources: ["../local"],
      images: [
        image("web", web),
        image("app", app),
        { name: "postgres", newName: name, newTag: tag },
      ],
      configMapGenerator: [{ name: "app-settings", behavior: "merge", literals }],
    });
  }

  /** Writes another overlay. @returns its path in the clone */
  async writeOverlay(name: string, kustomization: object): Promise<string> {
    const path = `deploy/kubernetes/overlays/${name}`;
    const folder = join(this.#clone.root, path);
    await mkdir(folder, { recursive: true });
    const head = { apiVersion: "kustomize.config.k8s.io/v1beta1", kind: "Kustomization" };
    await writeFile(join(folder, "kustomization.yaml"), stringify({ ...head, ...kustomization }));
    return path;
  }

  /** The second command: what comes before a rollout, its Jobs ended. */
  async applyBefore(): Promise<void> {
    const done = ["--field-selector", "status.successful=1"];
    await this.cluster.kubectl("delete", "job", ...NAMESPACE, ...BEFORE, ...done);
    await this.cluster.kubectl("apply", "-k", OVERLAY, ...BEFORE);
    const jobs = ["job/migrate", "job/assets"];
    const complete = ["wait", ...NAMESPACE, "--for=condition=complete", "--timeout=300s", ...jobs];
    await this.cluster.kubectl(...complete);
  }

  /** The third: the rollout. @returns what kubectl said when it ended */
  async rollOut(seconds = 300): Promise<{ readonly code: number; readonly output: string }> {
    await this.cluster.kubectl("apply", "-k", OVERLAY);
    return await this.rolledOut(seconds);
  }

  rolledOut(seconds = 300) {
    const tiers = ["deployment/web", "deployment/app"];
    return this.cluster.try("rollout", "status", ...NAMESPACE, `--timeout=${seconds}s`, ...tiers);
  }

  /** The names of a tier's pods that are not about to end. */
  pods(tier: string): Promise<string[]> {
    return this.#ofPods(tier, ".metadata.name");
  }

  /** The nodes of those pods. */
  async nodesOf(tier: string): Promise<string[]> {
    return [...new Set(await this.#ofPods(tier, ".spec.nodeName"))];
  }

  async #ofPods(tier: string, field: string): Promise<string[]> {
    const select = ["--selector", `app.kubernetes.io/name=${tier}`];
    const each = `{{if not .metadata.deletionTimestamp}}{{${field}}} {{end}}`;
    const output = ["--output", `go-template={{range .items}}${each}{{end}}`];
    const found = await this.cluster.kubectl("get", "pods", ...NAMESPACE, ...select, ...output);
    return found.trim().split(" ").filter(Boolean).sort();
  }

  /** A steady load through the edge, as clients outside of the cluster send it. */
  async load(): Promise<Load> {
    const load = new Load(await this.origins(), this.#clone.root, RATE / slowness());
    await until("the load runs", async () => load.ok > RATE, { within: 30_000 });
    return load;
  }

  /** The site at the ports that a load balancer would send its connections to. */
  async origins(): Promise<{ readonly http: string; readonly https: string }> {
    this.#ports ??= { http: await this.#portOf("http"), https: await this.#portOf("https") };
    const { http, https } = this.#ports;
    const { address } = this.cluster;
    return { http: `http://${address}:${http}`, https: `https://${address}:${https}` };
  }

  get root(): string {
    return this.#clone.root;
  }

  async #portOf(name: string): Promise<string> {
    const path = `jsonpath={.spec.ports[?(@.name=="${name}")].nodePort}`;
    return await this.cluster.kubectl("get", "service", "web", ...NAMESPACE, "--output", path);
  }

  async #makeVolumes(): Promise<void> {
    const volumes = Object.entries(VOLUMES).map(([name, claim]) => ({
      apiVersion: "v1",
      kind: "PersistentVolume",
      metadata: { name },
      spec: {
        capacity: { storage: "100Gi" },
        accessModes: ["ReadWriteOnce"],
        hostPath: { path: `/volumes/${name}` },
        claimRef: { namespace: "gatehouse", name: claim },
      },
    }));
    for (const name of Object.keys(VOLUMES)) await this.cluster.makeFolder(`/volumes/${name}`);
    await this.cluster.apply(volumes.map((volume) => stringify(volume)).join("---\n"));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#clone[Symbol.asyncDispose]();
  }
}

import { mkdtempDisposableSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type CommandResult, run, VERBOSE } from "../../command.ts";
import { aptProxies } from "./debian.ts";
import {
  contextOf,
  K6_VERSION,
  MAILPIT_VERSION,
  NPM_VERSION,
  type StandInName,
  standInTag,
} from "./stand-ins.ts";

/** Variables that a build needs to fetch over a proxy: passed from this environment. */
const PASSED_ON = [
  ...["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"],
  ...["GOPROXY", "GOSUMDB"],
];

/**
 * Builds a stand-in from its Dockerfile. The engine must have its base.
 * @param folder an empty folder for what goes into the build
 * @returns the result of the step that failed, else of the build
 */
export async function buildStandIn(
  name: Exclude<StandInName, "debian">,
  folder: string,
): Promise<CommandResult> {
  if (name === "node") {
    const pack = await run(
      "npm",
      ["pack", `npm@${NPM_VERSION}`, "--pack-destination", folder, "--fetch-retries=1"],
      { stream: VERBOSE },
    );
    if (pack.code !== 0) return pack;
  }
  const inputs: string[] =
    name === "node"
      ? ["--build-context", `node=${nodePackage()}`, "--build-context", `npm=${folder}`]
      : name === "k6"
        ? ["--build-arg", `K6_MODULE=go.k6.io/k6/v2@v${K6_VERSION}`]
        : name === "mail"
          ? ["--build-arg", `MAILPIT_VERSION=${MAILPIT_VERSION}`]
          : [];
  const passedOn = PASSED_ON.filter((variable) => process.env[variable] !== undefined);
  const proxies = await aptProxies();
  // Not in the folder above, which goes into the build.
  using secrets = mkdtempDisposableSync(join(tmpdir(), "gatehouse-apt-"));
  const proxyFile = join(secrets.path, "proxy.conf");
  writeFileSync(proxyFile, proxies.text, { mode: 0o600 });
  const secret = proxies.secret ? ["--secret", `id=apt-proxy,src=${proxyFile}`] : [];
  return await run(
    "docker",
    [
      ...["buildx", "build", "--progress=plain", "--tag", standInTag(name), ...inputs, ...secret],
      ...passedOn.flatMap((variable) => ["--build-arg", variable]),
      contextOf(name),
    ],
    { env: { BUILDX_BUILDER: await engineBuilder() }, stream: VERBOSE },
  );
}

/** The builder inside the engine has the name of the context. Other builders see no local images. */
async function engineBuilder(): Promise<string> {
  return (await run("docker", ["context", "show"])).stdout.trim() || "default";
}

/** The folder of the npm package that carries Node for this machine. */
function nodePackage(): string {
  const name = `node-linux-${process.arch}`;
  return dirname(createRequire(import.meta.url).resolve(`${name}/package.json`));
}

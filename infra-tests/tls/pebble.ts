import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type Docker from "dockerode";
import { docker } from "../stack/docker.ts";
import { testLabel } from "../stack/project-name.ts";
import type { Stack } from "../stack/stack.ts";

/** Seconds that its certificates are good for: a renewal is due when a third is left. */
const VALIDITY = 60;

/** A real ACME server, pebble of Let's Encrypt, on the stack's network `front`. */
export interface Pebble extends AsyncDisposable {
  readonly container: Docker.Container;
  readonly directory: string;
  /** The file of the authority that its own HTTPS is signed by. */
  readonly authority: string;
}

export async function startPebble(stack: Stack, image: string): Promise<Pebble> {
  const folder = mkdtempSync(join(tmpdir(), "gatehouse-pebble-"));
  const user = `${process.getuid?.() ?? 1000}:${process.getgid?.() ?? 1000}`;
  await promisify(execFile)("docker", [
    ...["run", "--rm", "--user", user, "--volume", `${folder}:/tls`, image],
    ...["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"],
    ...["-subj", "/CN=pebble", "-addext", "subjectAltName=DNS:pebble"],
    ...["-keyout", "/tls/key.pem", "-out", "/tls/crt.pem"],
  ]);
  const configuration = {
    listenAddress: "0.0.0.0:14000",
    managementListenAddress: "0.0.0.0:15000",
    certificate: "/tls/crt.pem",
    privateKey: "/tls/key.pem",
    httpPort: 8080,
    tlsPort: 8443,
    certificateValidityPeriod: VALIDITY,
    profiles: { default: { description: "short", validityPeriod: VALIDITY } },
  };
  writeFileSync(join(folder, "pebble.json"), JSON.stringify({ pebble: configuration }));
  const network = await stack.network("front");
  const container = await docker.createContainer({
    Image: image,
    User: user,
    Cmd: ["pebble", "-config", "/tls/pebble.json"],
    Env: ["PEBBLE_VA_NOSLEEP=1", "PEBBLE_AUTHZREUSE=0"],
    Labels: { [testLabel]: stack.project },
    HostConfig: { NetworkMode: network, Binds: [`${folder}:/tls:ro`] },
    NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: ["pebble"] } } },
  });
  await container.start();
  return {
    container,
    directory: "https://pebble:14000/dir",
    authority: join(folder, "crt.pem"),
    [Symbol.asyncDispose]: async () => {
      await container.remove({ force: true });
      rmSync(folder, { recursive: true });
    },
  };
}

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type Docker from "dockerode";
import { makeAuthority } from "../../deploy/secrets/authority.ts";
import { makeCertificate } from "../../deploy/secrets/certificate.ts";
import { cloneEnvironment } from "../stack/clone.ts";
import { until } from "../stack/deadline.ts";
import { docker, exec, logOf } from "../stack/docker.ts";
import { testLabel } from "../stack/projects.ts";
import { bridge } from "./bridge.ts";

/** Characters that a URL must encode. */
const PASSWORDS = { site: "s@cr#t/of?the:site%1", owner: "the owner's own $ecret" } as const;

type Role = keyof typeof PASSWORDS;

/** A Postgres outside of every stack, as a provider would run it, with TLS by an authority of its own. */
export class TlsPostgres implements AsyncDisposable {
  readonly #container: Docker.Container;
  readonly #folder: string;
  readonly #address: string;

  private constructor(container: Docker.Container, folder: string, address: string) {
    this.#container = container;
    this.#folder = folder;
    this.#address = address;
  }

  /** @param project the test project that it is removed with */
  static async start(project: string): Promise<TlsPostgres> {
    const folder = await mkdtemp(join(tmpdir(), "gatehouse-postgres-"));
    const authority = await makeAuthority("a provider", new Date());
    const host = bridge();
    const { certificate, key } = await makeCertificate(authority, [host], new Date());
    await writeFile(join(folder, "ca.pem"), authority.certificate);
    await writeFile(join(folder, "server.pem"), certificate);
    await writeFile(join(folder, "server.key"), key);
    const start = [
      "install -o postgres -m 0600 /tls/server.key /tls/server.pem /var/lib/postgresql/",
      "exec docker-entrypoint.sh postgres -c ssl=on -c ssl_key_file=/var/lib/postgresql/server.key" +
        " -c ssl_cert_file=/var/lib/postgresql/server.pem",
    ];
    const container = await docker.createContainer({
      Image: cloneEnvironment().POSTGRES_IMAGE || "postgres:17.6-trixie",
      User: "0:0",
      Entrypoint: ["bash", "-c", start.join(" && ")],
      Env: ["POSTGRES_USER=owner", "POSTGRES_DB=shop", `POSTGRES_PASSWORD=${PASSWORDS.owner}`],
      Labels: { [testLabel]: project },
      HostConfig: {
        Binds: [`${folder}:/tls:ro`],
        PortBindings: { "5432/tcp": [{ HostIp: host, HostPort: "0" }] },
      },
      ExposedPorts: { "5432/tcp": {} },
    });
    await container.start();
    const { NetworkSettings } = await container.inspect();
    const port = NetworkSettings.Ports["5432/tcp"]?.[0]?.HostPort;
    const server = new TlsPostgres(container, folder, `${host}:${port}`);
    const isReady = async () =>
      (await exec(container, ["pg_isready", "--quiet", "--host", "127.0.0.1"])).code === 0;
    await until("the external database is ready", isReady, {
      within: 60_000,
      evidence: () => logOf(container, 15),
    });
    await server.sql(`CREATE ROLE site LOGIN PASSWORD '${PASSWORDS.site}'`);
    await server.sql(
      "ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO site",
    );
    await server.sql("ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SCHEMAS TO site");
    await server.sql("ALTER DEFAULT PRIVILEGES FOR ROLE owner GRANT USAGE ON SEQUENCES TO site");
    return server;
  }

  /** The certificate of its authority. */
  get authorityFile(): string {
    return join(this.#folder, "ca.pem");
  }

  /** Its URL as a provider hands it out. @param query "sslmode=require" */
  url(role: Role, query: string, { password = PASSWORDS[role] as string, address = "" } = {}) {
    const secret = password === "" ? "" : `:${encodeURIComponent(password)}`;
    return `postgres://${role}${secret}@${address || this.#address}/shop?${query}`;
  }

  password(role: Role): string {
    return PASSWORDS[role];
  }

  /** Runs a statement as the superuser. @returns the rows, one a line */
  async sql(statement: string): Promise<string> {
    const { code, output } = await exec(this.#container, [
      ...["psql", "-U", "owner", "--dbname", "shop", "--tuples-only", "--no-align"],
      ...["--host", "/var/run/postgresql", "--command", statement],
    ]);
    if (code !== 0) throw new Error(`${statement}: ${output}`);
    return output.trim();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.remove({ force: true, v: true });
    await rm(this.#folder, { recursive: true, force: true });
  }
}

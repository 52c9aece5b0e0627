import { run } from "../command.ts";

/** Who listens on a port of this host, as well as this user may know. */
export async function portOwner(port: number): Promise<string> {
  return (await container(port)) ?? (await program(port)) ?? "another program";
}

async function container(port: number): Promise<string | undefined> {
  const { stdout } = await run("docker", [
    ...["ps", "--filter", `publish=${port}`],
    ...["--format", '{{.Names}}\t{{.Label "com.docker.compose.project.working_dir"}}'],
  ]);
  const [name, folder] = stdout.trim().split("\n")[0]?.split("\t") ?? [];
  if (!name) return undefined;
  return folder ? `the container ${name} (started from ${folder})` : `the container ${name}`;
}

async function program(port: number): Promise<string | undefined> {
  const ss = await run("ss", ["-Hltnp", `sport = :${port}`]);
  const listed = /users:\(\("([^"]+)",pid=(\d+)/.exec(ss.stdout);
  if (listed !== null) return `${listed[1]} (process ${listed[2]})`;
  const lsof = await run("lsof", ["-nP", `-iTCP:${port}`, "-sTCP:LISTEN", "-Fpc"]);
  const found = /p(\d+)\nc(.+)/.exec(lsof.stdout);
  return found === null ? undefined : `${found[2]} (process ${found[1]})`;
}

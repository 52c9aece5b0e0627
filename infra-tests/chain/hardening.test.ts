import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import type Docker from "dockerode";
import { authority, secretFile } from "../stack/clone.ts";
import { docker, exec } from "../stack/docker.ts";
import { useStack } from "../stack/shared-stack.ts";

const stack = await useStack();
const containers = await stack.inspect();
const running = new Map([...containers].filter(([, { State }]) => State.Running));
const second = 1_000_000_000;

/** A rule for a container. @throws if it does not hold */
type Rule = (container: Docker.ContainerInspectInfo) => void;

const always: Record<string, Rule> = {
  "does not run as root": ({ Config }) => assert.doesNotMatch(Config.User, /^(root|0)?(:|$)/),
  "has a read-only root": ({ HostConfig }) => assert.equal(HostConfig.ReadonlyRootfs, true),
  "has no capability": ({ HostConfig }) => {
    assert.deepEqual(HostConfig.CapDrop, ["ALL"]);
    assert.deepEqual(HostConfig.CapAdd ?? [], []);
    assert.equal(HostConfig.Privileged, false);
  },
  "cannot gain privileges": ({ HostConfig }) =>
    assert.match((HostConfig.SecurityOpt ?? []).join(), /^no-new-privileges(:true)?$/),
  "has limits for memory, cpus and processes": ({ HostConfig }) => {
    assert.ok((HostConfig.Memory ?? 0) > 0, "no memory limit");
    assert.ok((HostConfig.NanoCpus ?? 0) > 0, "no cpu limit");
    assert.ok((HostConfig.PidsLimit ?? 0) > 0, "no limit of processes");
  },
  "has logs that are rotated": ({ HostConfig }) => {
    const { "max-size": size, "max-file": files } = HostConfig.LogConfig?.Config ?? {};
    assert.match(size ?? "", /^\d+[km]$/);
    assert.ok(Number(files) >= 2, `max-file is ${files}`);
  },
  "has no access to the engine or the host": ({ HostConfig, Mounts }) => {
    assert.notEqual(HostConfig.NetworkMode, "host");
    assert.equal(HostConfig.PidMode, "");
    for (const { Source, RW } of Mounts.filter(({ Type }) => Type === "bind")) {
      assert.doesNotMatch(Source ?? "", /docker\.sock|ca\.key/);
      assert.equal(RW, false, `${Source} is mounted writable`);
    }
  },
  "has an image of a fixed version": ({ Config }) => assert.doesNotMatch(Config.Image, /:latest$/),
};

const whileRunning: Record<string, Rule> = {
  "has a health check that is rare while running and frequent at the start": ({ Config }) => {
    const check = Config.Healthcheck as { Interval?: number; StartInterval?: number } | undefined;
    assert.ok((check?.Interval ?? 0) >= 10 * second, `interval ${check?.Interval} ns`);
    const start = check?.StartInterval ?? 0;
    assert.ok(start > 0 && start <= 2 * second, `start interval ${check?.StartInterval} ns`);
  },
  "is healthy": ({ State }) => assert.equal(State.Health?.Status, "healthy"),
  "restarts after a crash": ({ HostConfig }) =>
    assert.match(HostConfig.RestartPolicy?.Name ?? "", /^(unless-stopped|always)$/),
  "has an init, or a program that is fit for PID 1": ({ HostConfig, Path, Args }) => {
    const program = [Path, ...Args].join(" ");
    const fit = /^node services\/(web|gateway)\/main\.ts|nginx\/start\.sh$|\bpostgres$/.test(
      program,
    );
    assert.ok(HostConfig.Init === true || fit, `no init, but ${program}`);
  },
};

/** Checks a rule on each container, and fails with all that break it. */
async function holds(
  container: typeof containers,
  rule: (container: Docker.ContainerInspectInfo) => void | Promise<void>,
): Promise<void> {
  const broken: string[] = [];
  for (const [name, one] of container) {
    try {
      await rule(one);
    } catch (error) {
      broken.push(`${name}: ${error instanceof Error ? error.message : error}`);
    }
  }
  assert.deepEqual(broken, []);
}

describe("every container", () => {
  for (const [name, rule] of Object.entries(always)) {
    test(name, () => holds(containers, rule));
  }
});

describe("every running container", () => {
  for (const [name, rule] of Object.entries(whileRunning)) {
    test(name, () => holds(running, rule));
  }

  test("cannot write to its root or change its programs", () =>
    holds(running, async ({ Id }) => {
      for (const path of ["/written", "/usr/local/bin/written", "/gatehouse/written"]) {
        const { code } = await exec(docker.getContainer(Id), ["touch", path]);
        assert.notEqual(code, 0, `touch ${path} succeeded`);
      }
    }));

  test("runs all its processes as its user: 1000, the database's 999", () =>
    holds(running, async ({ Id, Config }) => {
      const user = Config.Labels["com.docker.compose.service"] === "db" ? "999" : "1000";
      const { Processes } = await docker.getContainer(Id).top({ ps_args: "-eo pid,uid,args" });
      assert.ok(Processes.length > 0);
      for (const [, uid, args] of Processes) assert.equal(uid, user, `${args} runs as ${uid}`);
    }));
});

describe("the secrets", () => {
  const values = [
    ...["database_password", "database_site_password"].map((name) =>
      readFileSync(secretFile(name), "utf8").trim(),
    ),
    ...["tls.key", "ca.key"].map((name) => {
      const [, line = ""] = readFileSync(secretFile(name), "utf8").split("\n");
      return line;
    }),
  ];

  test("are long enough to search for", () => {
    for (const value of values) assert.ok(value.length >= 16);
    assert.ok(!values.some((value) => authority().includes(value)));
  });

  test("are not in the engine's description of any container", () => {
    for (const [name, container] of containers) {
      const text = JSON.stringify(container);
      assert.ok(!values.some((value) => text.includes(value)), `a secret is in ${name}`);
    }
  });

  test("are in no image and in no history of an image", async () => {
    for (const id of new Set([...containers.values()].map(({ Image }) => Image))) {
      const image = docker.getImage(id);
      const text = JSON.stringify([await image.inspect(), await image.history()]);
      assert.ok(!values.some((value) => text.includes(value)), `a secret is in image ${id}`);
    }
  });

  test("are in no image as files: the clone's secrets and .env stay outside", async () => {
    for (const name of ["app-1", "web-1"]) {
      const { Id } = running.get(name) ?? {};
      assert.ok(Id, `${name} does not run`);
      for (const path of ["/gatehouse/secrets", "/gatehouse/.env", "/gatehouse/.git"]) {
        const { code } = await exec(docker.getContainer(Id), ["test", "-e", path]);
        assert.equal(code, 1, `${path} is in the image of ${name}`);
      }
    }
  });
});

describe("the database", () => {
  /** Runs a query as the superuser, which only the container itself can do. */
  const query = async (statement: string) => {
    const { Id } = running.get("db-1") ?? {};
    assert.ok(Id, "the database does not run");
    const program = ["psql", "-U", "gatehouse", "-d", "gatehouse", "-Atc", statement];
    const { code, output } = await exec(docker.getContainer(Id), program);
    assert.equal(code, 0, output);
    return output.trim();
  };

  test("is used as a role that is no superuser and owns nothing", async () => {
    const others = `select count(*) from pg_stat_activity
      where client_addr is not null and usename <> 'gatehouse_site'`;
    assert.equal(await query(others), "0");
    const rights = "rolsuper or rolcreaterole or rolcreatedb or rolbypassrls or rolreplication";
    assert.equal(
      await query(`select ${rights} from pg_roles where rolname ~ '^gatehouse_'`),
      "f\nf",
    );
    const owned = `select count(*) from pg_shdepend where deptype = 'o' and refobjid = 'gatehouse_site'::regrole`;
    assert.equal(await query(owned), "0");
    const strays = `select count(*) from pg_tables
      where schemaname = 'public' and tableowner <> 'gatehouse_owner'`;
    assert.equal(await query(strays), "0");
  });

  test("has a superuser without a password", async () => {
    const superusers = "select count(*) from pg_authid where rolsuper and rolpassword is not null";
    assert.equal(await query(superusers), "0");
  });

  test("gives each container its own password and no other", () => {
    const secretsOf = (name: string) =>
      (containers.get(name)?.Mounts ?? [])
        .map(({ Destination }) => Destination.replace("/run/secrets/", ""))
        .filter((file) => file.endsWith("_password"));
    assert.deepEqual(secretsOf("app-1"), ["database_site_password"]);
    assert.deepEqual(secretsOf("migrate-1"), ["database_password"]);
    assert.deepEqual(secretsOf("web-1"), []);
  });
});

describe("the one-shots", () => {
  for (const service of ["migrate", "assets"]) {
    test(`${service} ended with success`, () => {
      const container = containers.get(`${service}-1`);
      assert.equal(container?.State.Status, "exited");
      assert.equal(container?.State.ExitCode, 0);
    });
  }
});

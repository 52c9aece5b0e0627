import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { connect } from "node:tls";
import { until } from "../stack/deadline.ts";
import { call } from "../stack/http.ts";
import { Authority } from "./authority.ts";
import { commandLines, FOLDER, RemoteSite, SECRET } from "./site.ts";

// One server for all tests, in order, as in its life.
let site: RemoteSite;
before(async () => {
  site = await RemoteSite.claim();
});
after(async () => await site?.[Symbol.asyncDispose]());

const releases = async (): Promise<string> => (await site.makes(["releases"])).stdout;

const NAME = "www.shop.example";

/** Who has signed the certificate that the site shows for a name. */
async function issuerOf(host: string, servername: string): Promise<string> {
  const socket = connect({ host, port: 443, servername, rejectUnauthorized: false });
  // A server that restarts may accept and say nothing more.
  socket.setTimeout(5000, () => socket.destroy(new Error("no handshake within 5 s")));
  try {
    await once(socket, "secureConnect");
    return String(socket.getPeerCertificate().issuer.CN);
  } finally {
    socket.destroy();
  }
}

/** The release that the site serves now. */
async function served(): Promise<string> {
  const { status, headers } = await call(`http://${site.server.address}/`, { agent: false });
  assert.equal(status, 200);
  return String(headers["x-release"]);
}

test("a machine is not trusted by its name: its host key must be known, and the same", async () => {
  await site.environment();
  const unknown = await site.make(["server"]);
  assert.equal(unknown.code, 2, "make's own code for a failed command");
  const [, key = ""] = /SERVER_HOST_KEY="([^"]+)" \(SHA256:/.exec(unknown.stderr) ?? [];
  assert.equal(key, await site.server.hostKey(), unknown.stderr);
  const other = site.operator.publicKey.split(" ").slice(0, 2).join(" ");
  await site.environment(`SERVER_HOST_KEY="${other}"`);
  const wrong = await site.make(["server"]);
  assert.match(wrong.stderr, /has another host key than SERVER_HOST_KEY in environments\/lab\.env/);
  await site.environment(`SERVER_HOST_KEY="${key}"`);
});

test("before it is prepared, a deploy is refused with the command that prepares it", async () => {
  await site.operator.release("one");
  const { code, stderr } = await site.make(["deploy"]);
  assert.notEqual(code, 0);
  assert.match(stderr, /deploy@.* accepts none of your keys.*make server TO=lab makes the user/);
});

/** What `make server` takes care of, on a machine with systemd. */
const STEPS = 9;

test("make server makes a bare machine ready, and says each step first", async () => {
  const { stdout } = await site.makes(["server"]);
  const steps = [...stdout.matchAll(/^ {2}(\S.*)$/gm)].map(([, name]) => name).slice(0, STEPS);
  assert.equal(steps.length, STEPS, stdout);
  for (const [at, name] of steps.entries())
    assert.ok(stdout.includes(`[${at + 1}/${STEPS}] ${name}\n`));
  await site.server.sh("su deploy -s /bin/sh -c 'docker version && docker compose version'");
  const limits = await site.server.sh("docker info --format '{{json .}}'");
  assert.equal(JSON.parse(limits).LiveRestoreEnabled, true);
  await site.server.sh(
    "systemctl is-enabled apt-daily-upgrade.timer docker gatehouse-firewall gatehouse-edges",
  );
  assert.match(
    await site.server.sh("systemctl list-timers --all"),
    /gatehouse-backup@srv-shop\.timer/,
  );
});

test("a second make server finds everything so, and changes nothing", async () => {
  const { stdout } = await site.makes(["server"]);
  assert.equal(stdout.match(/already so/g)?.length, STEPS, stdout);
  assert.match(stdout, /Nothing had to be changed/);
});

test("strangers reach sshd and the site, and no other port", async () => {
  await site.server.sh(
    "systemd-run --quiet /usr/bin/perl -MIO::Socket::INET -e 'my $s = IO::Socket::INET->new(LocalPort => 9999, Listen => 1); sleep'",
  );
  await until("it listens", async () => /:9999/.test(await site.server.sh("ss -ltn")), {
    within: 10_000,
  });
  assert.equal(await site.server.accepts(9999), false);
  assert.equal(await site.server.accepts(22), true);
  await site.server.sh("nft delete table inet gatehouse");
  assert.equal(await site.server.accepts(9999), true, "without the firewall it is reached");
  const { stdout } = await site.makes(["server"]);
  assert.equal(stdout.match(/already so/g)?.length, STEPS - 1, stdout);
  assert.equal(await site.server.accepts(9999), false);
});

test("the first deploy starts the site there, and no process list shows a secret", async (t) => {
  const seen = { count: 0, secret: false };
  const deploying = site.makes(["deploy"]).finally(() => {
    seen.count *= -1;
  });
  while (seen.count >= 0) {
    seen.secret ||= (await commandLines()).includes(SECRET);
    seen.count += 1;
    await pause(50);
  }
  const { stdout, seconds } = await deploying;
  t.diagnostic(`first deploy ${seconds.toFixed(1)} s, ${-seen.count} looks at the processes`);
  assert.equal(seen.secret, false);
  assert.match(stdout, /sent \w+ release one/);
  assert.equal(await served(), "one");
  const secure = await call(`https://${site.server.address}/`, {
    agent: false,
    ca: await site.server.sh(`cat ${FOLDER}/secrets/ca.crt`),
  });
  assert.equal(secure.status, 200);
});

test("secrets are on the server only: its user reads them, and git and the images have none", async () => {
  assert.match(await site.server.sh(`cat ${FOLDER}/app.env`), new RegExp(SECRET));
  assert.equal(
    (await site.server.sh(`stat -c '%a %U' ${FOLDER} ${FOLDER}/app.env`)).trim(),
    "750 deploy\n600 deploy",
  );
  assert.equal((await site.server.sh(`stat -c %a ${FOLDER}/secrets`)).trim(), "700");
  const git = await site.server.sh(
    `su deploy -s /bin/sh -c 'git -C ${FOLDER} status --porcelain; git -C ${FOLDER} grep -F ${SECRET} || :'`,
  );
  assert.equal(git, "");
  // The name of the release is in the application, and shows that the search finds what is there.
  const inImage = (word: string) =>
    site.server.sh(
      `cd ${FOLDER} && docker save $(docker compose images --quiet app | head -n 1) | grep -a -c -F '${word}' || :`,
    );
  assert.notEqual((await inImage("x-release")).trim(), "0");
  assert.equal((await inImage(SECRET)).trim(), "0");
});

test("a deploy of a change loses no request, by the client's count", async (t) => {
  await site.operator.release("two");
  const load = await site.load();
  t.after(() => load.stop());
  const { stdout, seconds } = await site.makes(["deploy"]);
  const counts = await site.stop(load, "two");
  t.diagnostic(`${seconds.toFixed(1)} s: ${JSON.stringify(counts)}`);
  assert.match(stdout, /the edge counted/);
  assert.match(await releases(), /release two/);
});

/** Commit and settings on the server. */
const there = () => site.server.sh(`su deploy -c 'cd ${FOLDER} && git rev-parse HEAD && cat .env'`);

test("a refused release says its own reason here, and the old one serves on", async () => {
  const before = await there();
  await site.operator.release("broken", "throws at boot");
  const { code, stdout } = await site.make(["deploy"]);
  assert.notEqual(code, 0);
  assert.match(stdout, /this release has no heart/);
  assert.match(stdout, /commit and settings on the server are those from before/);
  assert.equal(await there(), before);
  assert.equal(await served(), "two");
});

test("Ctrl-C on a terminal stops a deploy on the server, and the release before serves on", async () => {
  await site.operator.release("stopped");
  const terminal = site.operator.terminal(["deploy", "TO=lab"]);
  let output = "";
  let pressed = false;
  terminal.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output += text;
    if (pressed || !/\] build/.test(output)) return;
    pressed = true;
    terminal.stdin?.write("\x03");
  });
  const [code] = await once(terminal, "close");
  assert.notEqual(code, 0, output);
  assert.match(output, /make deploy is being stopped on the server[\s\S]*stopped by SIGINT/);
  assert.match(await releases(), /deploy interrupted/);
  assert.equal(await served(), "two");
});

test("make rollback brings the release before back, and loses no request", async (t) => {
  const load = await site.load();
  t.after(() => load.stop());
  const { seconds } = await site.makes(["rollback", "RELEASE=1"]);
  const counts = await site.stop(load, "one");
  t.diagnostic(`${seconds.toFixed(1)} s: ${JSON.stringify(counts)}`);
});

test("a deploy outlives its connection, and who began it sees its end", async (t) => {
  await site.operator.release("three");
  const load = await site.load();
  t.after(() => load.stop());
  const deploy = site.operator.start(["deploy", "TO=lab"]);
  let output = "";
  let broken: Promise<string> | undefined;
  for (const stream of [deploy.stdout, deploy.stderr]) {
    stream?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (/\] replicas/.test(output))
        broken ??= site.server.sh("pkill -KILL -u deploy sshd; echo broken");
    });
  }
  const [code] = await once(deploy, "close");
  assert.ok(broken, output);
  await broken;
  assert.equal(code, 0, output);
  assert.match(output, /the connection is lost; make deploy goes on there/);
  assert.match(output, /\] old containers[\s\S]*the edge counted/);
  assert.equal(output.match(/\] replicas/g)?.length, 1, "nothing is shown twice");
  await site.stop(load, "three");
});

test("a deploy whose operator is gone ends whole, keeps others out until then, and its lock is free after it", async () => {
  await site.operator.release("four");
  const deploy = site.operator.start(["deploy", "TO=lab"]);
  let output = "";
  await new Promise<void>((resolve) => {
    deploy.stdout?.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      if (/\] build/.test(output)) resolve();
    });
    deploy.once("close", () => resolve());
  });
  assert.ok(deploy.pid && deploy.exitCode === null, output);
  process.kill(-deploy.pid, "SIGKILL");
  const second = await site.make(["rollback"]);
  assert.notEqual(second.code, 0, second.stdout);
  assert.match(second.stdout, /make deploy by \S+@\S+, since .*, works on this server: wait/);
  await until("it has ended", async () => /release four/.test(await releases()), {
    within: 180_000,
    every: 1_000,
  });
  assert.equal(await served(), "four");
  const open = () => site.server.sh("pgrep -c -u deploy sshd || :");
  await until("no connection is left", async () => (await open()).trim() === "0", {
    within: 30_000,
  });
  await site.operator.release("five");
  await site.makes(["deploy"]);
  assert.equal(await served(), "five");
});

test("a backup is made and restored there, and psql reaches the database", async () => {
  const sql = (statement: string) => site.makes(["psql"], `\\pset tuples_only\n${statement}\n`);
  await sql("CREATE TABLE kept (word text); INSERT INTO kept VALUES ('kept-word');");
  await site.makes(["backup"]);
  assert.match((await site.makes(["backups"])).stdout, /\d{4}-\d\d-\d\dT/);
  await sql("DELETE FROM kept;");
  assert.doesNotMatch((await sql("SELECT word FROM kept;")).stdout, /kept-word/);
  // As one that was copied here from elsewhere.
  await site.server.sh(`su deploy -c 'cp -r ${FOLDER}/backups/shop/* ~/'`);
  const [name = ""] = (await site.server.sh("ls -d /home/deploy/2*")).split("\n");
  await site.makes(["restore", `BACKUP=${name}`, "FORCE=1"]);
  assert.match((await sql("SELECT word FROM kept;")).stdout, /kept-word/);
});

test("the nightly backup runs as the user who deploys, under the same lock", async () => {
  await site.server.sh("systemctl start gatehouse-backup@srv-shop.service");
  const { stdout } = await site.makes(["backups"]);
  assert.ok((stdout.match(/\d{4}-\d\d-\d\dT/g)?.length ?? 0) >= 2, stdout);
});

test("a nightly backup whose hook fails is there, and is not made again", async () => {
  const names = async (): Promise<string[]> =>
    (await site.makes(["backups"])).stdout.match(/\d{4}-\d\d-\d\dT[\d-]+Z/g) ?? [];
  const before = await names();
  await site.server.sh(`echo BACKUP_HOOK=/bin/false >> ${FOLDER}/.env`);
  const unit = "gatehouse-backup@srv-shop.service";
  await assert.rejects(site.server.sh(`systemctl start ${unit}`));
  const state = await site.server.sh(`systemctl show ${unit} --property SubState,ExecMainStatus`);
  assert.deepEqual(state.trim().split("\n").sort(), ["ExecMainStatus=1", "SubState=failed"]);
  // The rule removes the oldest.
  const made = (await names()).filter((name) => !before.includes(name));
  assert.equal(made.length, 1, made.join(", "));
  await site.server.sh(`sed -i '/^BACKUP_HOOK=/d' ${FOLDER}/.env`);
});

test("the other commands work there: ps, exec, status, doctor, maintenance and live", async () => {
  assert.match((await site.makes(["ps"])).stdout, /shop-web-\d/);
  assert.match((await site.makes(["exec", "RUN=node --version"])).stdout, /^v26/m);
  assert.match((await site.makes(["status", "ONCE=1"])).stdout, /app/);
  await site.makes(["doctor"]);
  await site.makes(["maintenance", "MESSAGE=It's for the better."]);
  const page = await call(`http://${site.server.address}/`, { agent: false });
  assert.equal(page.status, 503);
  assert.match(page.text, /It(&#39;|&#x27;|'|&apos;)s for the better\./);
  await site.makes(["live"]);
  assert.equal(await served(), "five");
});

test("a canary of a commit is tried there, counted and reverted", async () => {
  const before = [await served(), await there()];
  await site.operator.release("trial");
  await site.makes(["canary", "PERCENT=50"]);
  assert.match((await site.makes(["canary"])).stdout, /50 ?%/);
  assert.notEqual(await there(), before[1]);
  await site.makes(["canary", "REVERT=1"]);
  assert.deepEqual([await served(), await there()], before);
});

test("a site with a name gets its certificate by ACME, and HTTP leads to HTTPS", async () => {
  await using authority = await Authority.start(NAME, site.server.address);
  await site.operator.write("pebble.crt", authority.certificate);
  const mount = "volumes: [./pebble.crt:/run/pebble.crt:ro]";
  await site.operator.write("compose.pebble.yaml", `services: { web: { ${mount} } }\n`);
  await site.environment(
    `SERVER_HOST_KEY="${await site.server.hostKey()}"`,
    ...[`SERVER_DOMAINS=${NAME}`, `WEB_ACME_DIRECTORY=${authority.url}`],
    ...["WEB_ACME_CA=/run/pebble.crt", "COMPOSE_FILE=compose.yaml:compose.pebble.yaml"],
  );
  await site.operator.release("six");
  const { stdout } = await site.makes(["deploy"]);
  assert.match(stdout, new RegExp(`https://${NAME} serves`));
  const issuer = await until(
    "the certificate is the authority's",
    async () => {
      const found = await issuerOf(site.server.address, NAME);
      return found.startsWith("Pebble") && found;
    },
    { within: 120_000, every: 500 },
  );
  assert.match(issuer, /^Pebble Intermediate/);
  const plain = await call(`http://${site.server.address}/a?b=c`, {
    agent: false,
    headers: { host: NAME },
  });
  assert.equal(plain.status, 308);
  assert.equal(plain.headers.location, `https://${NAME}/a?b=c`);
});

test("the site comes back by itself when the server was restarted", async () => {
  const states = (field: string) =>
    site.server.sh(
      `docker inspect --format '{{.State.${field}}}' $(docker ps --all --quiet --filter label=com.docker.compose.service=web)`,
    );
  // The engine starts no container that was stopped by hand, and so gives up both edges, which join its network.
  await site.server.sh("docker stop shop-edge-port-1");
  await site.server.container.restart({ t: 60 });
  await until(
    "the engine has given up both edges",
    async () => {
      const errors = (await states("Error").catch(() => "")).trim().split("\n");
      return errors.length === 2 && errors.every((each) => /cannot join network/.test(each));
    },
    { within: 60_000, every: 500 },
  );
  await site.server.sh("docker start shop-edge-port-1");
  await until(
    "the unit of make server has started both",
    async () => (await states("Status")).trim() === "running\nrunning",
    { within: 60_000, every: 500 },
  );
  const unit = "systemctl show gatehouse-edges --property ActiveState,Result";
  await until(
    "the unit has ended",
    async () => !/ActiveState=activating/.test(await site.server.sh(unit)),
    { within: 60_000, every: 500 },
  );
  assert.match(await site.server.sh(unit), /^Result=success$/m);
  await until(
    "it serves, with its certificate",
    async () => (await issuerOf(site.server.address, NAME)).startsWith("Pebble"),
    {
      within: 120_000,
      every: 500,
    },
  );
  await site.server.sh("nft list table inet gatehouse");
});

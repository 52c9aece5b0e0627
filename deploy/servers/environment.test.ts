import assert from "node:assert/strict";
import { chmod, copyFile, mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { variablesOf } from "@gatehouse/settings";
import { openClone } from "../clone.ts";
import { run } from "../command.ts";
import { readEnv } from "../env/environment.ts";
import { temporaryClone, temporaryFolder } from "../testing.ts";
import { readServerEnvironment } from "./environment.ts";
import { addressOf } from "./on-server.ts";
import { withSecrets } from "./secrets.ts";
import { serverSettings } from "./settings.ts";

const EXAMPLE = join(openClone().root, "environments/production.env.example");
const HOST = "SERVER_HOST=203.0.113.7\n";

/** A clone with the environment shop, which has these lines. */
async function cloneWith(t: TestContext, lines: string) {
  const clone = await temporaryClone(t);
  await mkdir(join(clone.root, "environments"));
  await writeFile(join(clone.root, "environments/shop.env"), lines);
  return clone;
}

const read = async (t: TestContext, lines: string) =>
  readServerEnvironment(await cloneWith(t, lines), "shop");

test("the example is allowed as it is, and with its commented lines", async (t) => {
  const clone = await cloneWith(t, "");
  const file = join(clone.root, "environments/shop.env");
  await copyFile(EXAMPLE, file);
  const { server, stack } = await readServerEnvironment(clone, "shop");
  assert.equal(server.user, "deploy");
  assert.equal(stack.COMPOSE_PROJECT_NAME, "shop");
  const text = await readFile(EXAMPLE, "utf8");
  await writeFile(
    file,
    text.replaceAll(/^#(?=[A-Z_]+=)/gm, "").replace("AAAAI...", "A".repeat(40)),
  );
  await readServerEnvironment(clone, "shop");
});

test("the example names every setting of a server", async () => {
  const text = (await readFile(EXAMPLE, "utf8")).replaceAll(/^#(?=[A-Z_]+=)/gm, "");
  const named = Object.keys(readEnv(text)).filter((name) => name.startsWith("SERVER_"));
  assert.deepEqual(named.sort(), variablesOf(serverSettings).toSorted());
});

test("each wrong line is named with its number, all at once", async (t) => {
  const lines = [
    "SERVER_HOST=not a host",
    "SERVER_PROT=22",
    "REPLICAS=many",
    "WEB_HTTP=redirect",
    "RELEASE_APP=app:0123456789ab",
    "SERVER_FOLDER=/srv/../etc",
  ];
  await assert.rejects(read(t, `${lines.join("\n")}\n`), (error: Error) => {
    assert.deepEqual(error.message.split("\n"), [
      'environments/shop.env:1: SERVER_HOST="not a host": expected a host name, or an IP address without brackets',
      "environments/shop.env:2: SERVER_PROT: no such setting; did you mean SERVER_PORT?",
      'environments/shop.env:3: REPLICAS="many": expected a whole number from 1 to 32',
      "environments/shop.env:4: WEB_HTTP: no such setting; did you mean WEB_HTTPS?",
      "environments/shop.env:5: RELEASE_APP: the server writes it: remove the line",
      'environments/shop.env:6: SERVER_FOLDER="/srv/../etc": expected an absolute path of letters, digits, - and _, of 128 characters at most, at least two folders deep and not below a system\'s folder',
    ]);
    return true;
  });
});

test("a folder of the system is no folder of a site", async (t) => {
  for (const folder of [
    "/usr/bin",
    "/etc/ssh",
    "/var/lib/docker",
    "/tmp/shop",
    "/root/shop",
    "/lib64/x",
    // No system's, but too long for the comment of a rule.
    `/srv/${"x".repeat(124)}`,
  ]) {
    await assert.rejects(
      read(t, `${HOST}SERVER_FOLDER=${folder}\n`),
      /not below a system's folder/,
    );
  }
  for (const folder of [
    "/srv/shop",
    "/opt/shop",
    "/home/deploy/shop",
    "/var/www/shop",
    "/data/library",
    `/srv/${"x".repeat(123)}`,
  ]) {
    assert.equal((await read(t, `${HOST}SERVER_FOLDER=${folder}\n`)).server.folder, folder);
  }
});

test("an environment without a server, or that does not exist, says what to do", async (t) => {
  await assert.rejects(read(t, "REPLICAS=2\n"), /shop\.env: SERVER_HOST is missing: write/);
  const clone = await cloneWith(t, HOST);
  await assert.rejects(
    readServerEnvironment(clone, "live"),
    /there is no environments\/live\.env: there are shop$/,
  );
  await assert.rejects(readServerEnvironment(clone, "../x"), /expected the name of an environment/);
});

test("a name on the internet brings its ports, redirect, address and certificate", async (t) => {
  const { stack } = await read(t, `${HOST}SERVER_DOMAINS=www.shop.net,shop.net\n`);
  assert.deepEqual(stack, {
    PUBLISH_BIND: "0.0.0.0",
    EDGES: "2",
    PUBLISH_HTTP_PORT: "80",
    PUBLISH_HTTPS_PORT: "443",
    WEB_HTTPS: "redirect",
    WEB_PUBLIC_ORIGIN: "https://www.shop.net",
    WEB_ACME_DOMAINS: "www.shop.net,shop.net",
  });
});

test("the address that a deploy says is one that a browser can use, or it says that there is none", async (t) => {
  const address = async (...lines: string[]) =>
    addressOf(await read(t, `${HOST}${lines.join("\n")}\n`));
  assert.equal(await address("SERVER_DOMAINS=shop.net"), "https://shop.net");
  assert.equal(await address("PUBLISH_BIND=0.0.0.0"), "https://203.0.113.7:8443");
  const open = ["PUBLISH_BIND=0.0.0.0", "PUBLISH_HTTPS_PORT=443", "SERVER_HOST=2001:db8::7"];
  assert.equal(await address(...open), "https://[2001:db8::7]");
  assert.match(await address(""), /^https:\/\/127\.0\.0\.1:8443, on the server alone until/);
});

test("a line outranks what follows from the name, and other names are the application's", async (t) => {
  const lines = `${HOST}SERVER_DOMAINS=shop.net\nPUBLISH_BIND=203.0.113.7\nSTRIPE_MODE=live\n`;
  const { stack, application } = await read(t, lines);
  assert.equal(stack.PUBLISH_BIND, "203.0.113.7");
  assert.deepEqual(application, { STRIPE_MODE: "live" });
});

test("secrets come from a file, each to its tier", async (t) => {
  const clone = await cloneWith(t, `${HOST}SERVER_SECRETS=environments/shop.secrets\n`);
  const url = "postgres://shop:pass@db.example.net:5432/shop";
  await writeFile(
    join(clone.root, "environments/shop.secrets"),
    `DATABASE_URL=${url}\nSTRIPE_KEY=sk_1\n`,
  );
  const { stack, application } = await withSecrets(
    clone,
    await readServerEnvironment(clone, "shop"),
  );
  assert.equal(stack.DATABASE_URL, url);
  assert.deepEqual(application, { STRIPE_KEY: "sk_1" });
});

test("secrets come from a program, and its failure is named without them", async (t) => {
  const clone = await cloneWith(t, `${HOST}SERVER_SECRETS=environments/vault\n`);
  const program = join(clone.root, "environments/vault");
  const environment = await readServerEnvironment(clone, "shop");
  await assert.rejects(
    withSecrets(clone, environment),
    /SERVER_SECRETS=environments\/vault: no such file/,
  );
  await writeFile(program, "#!/bin/sh\necho STRIPE_KEY=sk_2\n");
  await chmod(program, 0o755);
  assert.equal((await withSecrets(clone, environment)).application.STRIPE_KEY, "sk_2");
  await writeFile(program, "#!/bin/sh\necho KEY=sk_3; echo the vault is locked >&2; exit 3\n");
  await assert.rejects(withSecrets(clone, environment), {
    message: "environments/vault ended with 3: the vault is locked",
  });
});

test("a source that has no secrets is refused: the server keeps those that it has", async (t) => {
  const clone = await cloneWith(t, `${HOST}SERVER_SECRETS=environments/vault\n`);
  const program = join(clone.root, "environments/vault");
  const environment = await readServerEnvironment(clone, "shop");
  const none = /SERVER_SECRETS=environments\/vault has no NAME=value line, so nothing was sent/;
  for (const text of ["", "#!/bin/sh\nexec op inject\n"]) {
    await writeFile(program, text, { mode: 0o600 });
    await assert.rejects(withSecrets(clone, environment), none, `a file: ${text}`);
  }
  await chmod(program, 0o755);
  for (const text of ["", "#!/bin/sh\n", "#!/bin/sh\necho vault is locked\n"]) {
    await writeFile(program, text);
    await assert.rejects(withSecrets(clone, environment), none, `a program: ${text}`);
  }
  await writeFile(program, "#!/bin/sh\necho STRIPE_KEY=$(false)\necho PASSWORD=sk_4\n");
  await assert.rejects(withSecrets(clone, environment), {
    message: /^environments\/vault: STRIPE_KEY: no value/,
    exitCode: 78,
  });
});

test("a secret that is in git, or not allowed, is refused without its value", async (t) => {
  const clone = await cloneWith(t, `${HOST}SERVER_SECRETS=environments/shop.secrets\n`);
  await writeFile(join(clone.root, "environments/shop.secrets"), "DATABASE_URL=tiger:scott\n");
  const environment = await readServerEnvironment(clone, "shop");
  await assert.rejects(withSecrets(clone, environment), (error: Error) => {
    assert.match(error.message, /DATABASE_URL: no such setting, or a value that is not allowed/);
    assert.doesNotMatch(error.message, /tiger/);
    return true;
  });
  const git = (...args: string[]) => run("git", ["-C", clone.root, ...args]);
  await git("init", "--quiet");
  await git("add", "--force", "environments/shop.secrets");
  await assert.rejects(withSecrets(clone, environment), /is in git, and a secret must not be/);
});

test("a project in a folder of a repository is that folder of the site's on the server", async (t) => {
  const repository = await temporaryFolder(t);
  assert.equal((await run("git", ["init", "--quiet", repository])).code, 0);
  const folderOf = async (path: string): Promise<string> => {
    const root = join(repository, path);
    await mkdir(join(root, "environments"), { recursive: true });
    await writeFile(join(root, "environments/shop.env"), `${HOST}SERVER_FOLDER=/srv/shop\n`);
    return (await readServerEnvironment(openClone(root), "shop")).folder;
  };
  assert.equal(await folderOf(""), "/srv/shop");
  assert.equal(await folderOf("sites/eu"), "/srv/shop/sites/eu");
  await assert.rejects(
    folderOf("my site"),
    /the folder of this project in its repository: SERVER_FOLDER="\/srv\/shop\/my site": .*letters, digits/,
  );
});

import assert from "node:assert/strict";
import { test } from "node:test";
import { root } from "../stack/clone.ts";
import { docker } from "../stack/docker.ts";
import { imageOf } from "../stack/tool.ts";
import { FreshClone } from "./fresh-clone.ts";

test("a port that another container publishes is reported with the name of the container", async () => {
  await using clone = await FreshClone.make();
  const name = `${clone.stack.project}-rival`;
  const rival = await docker.createContainer({
    name,
    Image: imageOf("NODE_IMAGE"),
    Cmd: ["sleep", "infinity"],
    ExposedPorts: { "1/tcp": {} },
    HostConfig: {
      AutoRemove: true,
      PortBindings: { "1/tcp": [{ HostIp: "127.0.0.1", HostPort: String(clone.ports[0]) }] },
    },
  });
  await rival.start();
  try {
    const { code, stderr } = await clone.run("up.ts");
    assert.equal(code, 1);
    assert.equal(
      stderr,
      `gatehouse: 127.0.0.1:${clone.ports[0]} is taken by the container ${name}: ` +
        "stop it, or change PUBLISH_HTTP_PORT in .env\n",
    );
    assert.deepEqual(await clone.stack.containers(), []);
  } finally {
    await rival.kill();
  }
});

test("a full disk is reported with the free and the needed space and a remedy", async () => {
  const check = `
    import { spaceFinding } from "/gatehouse/deploy/checks/disk.ts";
    process.stdout.write((await spaceFinding("/small", 2 ** 30, "make room")).text);
  `;
  const checker = await docker.createContainer({
    Image: imageOf("NODE_IMAGE"),
    Cmd: ["node", "--input-type=module", "--eval", check],
    Tty: true,
    HostConfig: { Binds: [`${root}:/gatehouse:ro`], Tmpfs: { "/small": "size=16m" } },
  });
  try {
    await checker.start();
    await checker.wait();
    const said = (await checker.logs({ stdout: true, stderr: true })).toString();
    assert.equal(said.trim(), "only 0.0 GiB free in /small, 1.0 GiB needed: make room");
  } finally {
    await checker.remove({ force: true });
  }
});

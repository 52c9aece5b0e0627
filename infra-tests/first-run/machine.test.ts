import assert from "node:assert/strict";
import { test } from "node:test";
import { root } from "../stack/clone.ts";
import { docker } from "../stack/docker.ts";
import { FreshClone } from "./fresh-clone.ts";
import { nodeImage } from "./node-image.ts";

test("a port that another container publishes is told with that container's name", async () => {
  await using clone = await FreshClone.make();
  const name = `${clone.stack.project}-rival`;
  const rival = await docker.createContainer({
    name,
    Image: nodeImage(),
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
        "stop that, or change PUBLISH_HTTP_PORT in .env\n",
    );
    assert.deepEqual(await clone.stack.containers(), []);
  } finally {
    await rival.kill();
  }
});

test("a full disk is told with what is free, what is needed and what makes room", async () => {
  const check = `
    import { spaceFinding } from "/gatehouse/deploy/checks/space.ts";
    process.stdout.write((await spaceFinding("/small", 2 ** 30, "make room")).text);
  `;
  const looker = await docker.createContainer({
    Image: nodeImage(),
    Cmd: ["node", "--input-type=module", "--eval", check],
    Tty: true,
    HostConfig: { Binds: [`${root}:/gatehouse:ro`], Tmpfs: { "/small": "size=16m" } },
  });
  try {
    await looker.start();
    await looker.wait();
    const said = (await looker.logs({ stdout: true, stderr: true })).toString();
    assert.equal(said.trim(), "only 0.0 GiB free in /small, 1.0 GiB needed: make room");
  } finally {
    await looker.remove({ force: true });
  }
});

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { Cgroup } from "./cgroup.ts";

function groupWith(t: TestContext, files: Readonly<Record<string, string>>): Cgroup {
  const root = mkdtempSync(join(tmpdir(), "cgroup-"));
  t.after(() => rmSync(root, { recursive: true }));
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), content);
  }
  return new Cgroup(root);
}

test("version 2: the tightest limit of the group and of those above it counts", (t) => {
  const group = groupWith(t, {
    "proc/self/cgroup": "0::/shop/web\n",
    "sys/fs/cgroup/shop/web/cpu.max": "max 100000\n",
    "sys/fs/cgroup/shop/cpu.max": "150000 100000\n",
    "sys/fs/cgroup/shop/web/memory.events": "low 0\noom 4\noom_kill 3\n",
  });
  assert.equal(group.cpuLimit(), 1.5);
  assert.equal(group.outOfMemoryKills(), 3);
});

test("version 1: quota over period, also where the mount point is the group itself", (t) => {
  const group = groupWith(t, {
    "proc/self/cgroup": "5:cpu,cpuacct:/docker/0abc\n4:memory:/docker/0abc\n",
    "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "200000\n",
    "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
    "sys/fs/cgroup/memory/memory.oom_control": "under_oom 0\noom_kill 1\n",
  });
  assert.equal(group.cpuLimit(), 2);
  assert.equal(group.outOfMemoryKills(), 1);
});

test("without a limit, or without control groups, nothing is claimed", (t) => {
  const unlimited = { "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n" };
  for (const group of [groupWith(t, unlimited), groupWith(t, {})]) {
    assert.equal(group.cpuLimit(), undefined);
    assert.equal(group.outOfMemoryKills(), undefined);
  }
});

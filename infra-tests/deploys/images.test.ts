import assert from "node:assert/strict";
import { after, test } from "node:test";
import { pruneImages } from "../../deploy/releases/images.ts";
import type { Release } from "../../deploy/releases/release.ts";
import { docker } from "../stack/docker.ts";
import { newProjectName, removeProject } from "../stack/projects.ts";
import { imageOf } from "../stack/tool.ts";

const project = newProjectName();
const other = newProjectName();
after(async () => {
  await removeProject(project);
  await removeProject(other);
});

/** The names of the images of both projects. */
async function names(): Promise<string[]> {
  const all = (await docker.listImages()).flatMap(({ RepoTags }) => RepoTags ?? []);
  return all.filter((name) => name.startsWith(project) || name.startsWith(other)).sort();
}

test("a prune removes the images of old releases, and nothing of anybody else", async () => {
  const kept: Release = {
    app: "app:aaaaaaaaaaaa",
    web: "web:bbbbbbbbbbbb",
    ...{ module: "examples/echo.ts", edge: "web" },
  };
  const old = [`${project}/app:cccccccccccc`, `${project}/web:dddddddddddd`];
  const staying = [
    ...[`${project}/${kept.app}`, `${project}/${kept.web}`, `${project}/app:local`],
    ...[`${project}/app:my-own`, `${project}/edge-port:cccccccccccc`],
    `${other}/app:cccccccccccc`,
  ];
  for (const name of [...old, ...staying]) {
    const [repo = "", tag = ""] = name.split(":");
    await docker.getImage(imageOf("NODE_IMAGE")).tag({ repo, tag });
  }
  assert.equal(await pruneImages(project, [kept]), old.length);
  assert.deepEqual(await names(), staying.toSorted());
});

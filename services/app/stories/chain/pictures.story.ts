import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { call, header, useStack } from "@gatehouse/testing/chain";
import { Visitor } from "./visitor.ts";

const stack = await useStack();
const { https } = await stack.addresses();

/** The smallest PNG, of one transparent pixel. */
const PNG = Buffer.from(
  "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==",
  "base64",
);

const author = new Visitor(https);
await author.signUp();

async function pictureOf(fields: Record<string, string>): Promise<string> {
  const path = await author.post("A notice with a picture", fields, PNG);
  const { text } = await author.get(path);
  const picture = /src="(\/pictures\/[^"]+)"/.exec(text)?.[1];
  assert.ok(picture, `the page of the notice shows no picture: ${text}`);
  return picture;
}

describe("a private picture", () => {
  test("is sent by the edge, from the volume, to those whom the application allows", async () => {
    const picture = await pictureOf({ private: "yes" });
    const response = await author.get(picture);
    assert.equal(response.status, 200);
    assert.deepEqual(response.body, PNG);
    assert.equal(header(response, "content-type"), "image/png");
    assert.equal(response.headers["x-accel-redirect"], undefined);
    const other = new Visitor(https);
    await other.signUp();
    assert.equal((await other.get(picture)).status, 404);
    assert.equal((await call(https + picture)).status, 404);
  });

  test("cannot be fetched by another path", async () => {
    const picture = await pictureOf({ private: "yes" });
    const [, name] = /^\/pictures\/([\w.-]+\.png)$/.exec(picture) ?? [];
    assert.ok(name, `${picture} has no file name`);
    assert.equal((await author.get(picture)).status, 200);
    for (const path of [`/protected-media/${name}`, `/media/${name}`, `/assets/../media/${name}`]) {
      assert.equal((await call(https, { target: path })).status, 404, path);
    }
  });
});

test("a public picture is sent to everyone", async () => {
  const response = await call(https + (await pictureOf({})));
  assert.equal(response.status, 200);
  assert.deepEqual(response.body, PNG);
});

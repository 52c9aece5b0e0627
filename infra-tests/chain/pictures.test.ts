import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { call, header } from "../stack/http.ts";
import { useStack } from "../stack/shared-stack.ts";
import { Visitor } from "./page.ts";

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
  const found = /src="(\/pictures\/[^"]+)"/.exec((await author.get(path)).text);
  return found?.[1] ?? "";
}

describe("a private picture", () => {
  test("is sent by the edge, from the volume, to whom the application allows it", async () => {
    const picture = await pictureOf({ private: "yes" });
    const response = await author.get(picture);
    assert.equal(response.status, 200);
    assert.deepEqual(response.body, PNG);
    assert.equal(header(response, "content-type"), "image/png");
    assert.equal(response.headers["x-accel-redirect"], undefined);
    const stranger = new Visitor(https);
    await stranger.signUp();
    assert.equal((await stranger.get(picture)).status, 404);
    assert.equal((await call(https + picture)).status, 404);
  });

  test("has no other address", async () => {
    const picture = await pictureOf({ private: "yes" });
    const name = picture.replace("/pictures/", "");
    for (const path of [`/protected-media/${name}`, `/media/${name}`, `/assets/../media/${name}`]) {
      assert.equal((await call(https, { target: path })).status, 404, path);
    }
  });
});

test("a public picture is everybody's", async () => {
  const response = await call(https + (await pictureOf({})));
  assert.equal(response.status, 200);
  assert.deepEqual(response.body, PNG);
});

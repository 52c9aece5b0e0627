import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { call, header } from "../stack/http.ts";
import { useStack } from "../stack/shared-stack.ts";
import { ExampleStack } from "./example-stack.ts";
import { buildProject } from "./project-image.ts";
import { NEXT } from "./sites.ts";
import { testSites } from "./tests.ts";

const stack = await useStack("examples/echo.ts");

testSites(stack, [NEXT]);

describe("a page that Next makes again when it is told to (ISR)", () => {
  let next: ExampleStack;
  before(async () => {
    next = await ExampleStack.start(stack, NEXT, await buildProject(stack, "next", NEXT.module));
  });
  after(async () => await next?.[Symbol.asyncDispose]());

  const page = async (): Promise<string> => {
    const response = await call(`${next.origin}/news`);
    assert.equal(response.status, 200, response.text);
    assert.match(header(response, "cache-control"), /s-maxage=3600/);
    return /News of [^<]+/.exec(response.text)?.[0] ?? response.text;
  };
  /** Many at once, so that every worker sends some. */
  const pages = async () => new Set(await Promise.all(Array.from({ length: 40 }, page)));

  test("is the same from both workers, though it is made while they run", async () => {
    const first = await page();
    assert.deepEqual(await pages(), new Set([first]));
    assert.equal((await next.servedBy("/news")).size, 2);
  });

  test("is another one, from the edge and from both workers, as soon as revalidatePath has run", async () => {
    const outdated = await page();
    assert.equal((await call(`${next.origin}/revalidate`, { method: "POST" })).status, 204);
    const fresh = await page();
    assert.notEqual(fresh, outdated);
    assert.deepEqual(await pages(), new Set([fresh]));
  });

  /** What the edge says of two requests in turn. */
  async function cacheStatus(path: string): Promise<string> {
    const statuses: string[] = [];
    for (let request = 0; request < 2; request++) {
      const response = await call(next.origin + path);
      assert.equal(response.status, 200, path);
      statuses.push(header(response, "cache-status").replace(/ttl=\d+/, "ttl"));
    }
    return statuses.join(", ");
  }

  test("is not kept by the edge, unless CDN-Cache-Control says so", async () => {
    assert.equal(await cacheStatus("/news"), "gatehouse; fwd=uri-miss, gatehouse; fwd=uri-miss");
    assert.equal(
      await cacheStatus("/archive"),
      "gatehouse; fwd=uri-miss; stored, gatehouse; hit; ttl",
    );
  });

  test("leaves the edge what has a hash in its name", async () => {
    const html = (await call(`${next.origin}/`)).text;
    const script = /src="(\/_next\/static\/[^"]+)"/.exec(html)?.[1] ?? "";
    assert.equal(await cacheStatus(script), "gatehouse; fwd=uri-miss; stored, gatehouse; hit; ttl");
  });
});

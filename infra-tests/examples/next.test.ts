import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { until } from "../stack/deadline.ts";
import { call, header } from "../stack/http.ts";
import { useStack } from "../stack/shared-stack.ts";
import { ExampleStack } from "./example-stack.ts";
import { buildProject } from "./project-image.ts";
import { NEXT } from "./sites.ts";
import { testSites } from "./tests.ts";

const stack = await useStack("examples/echo.ts");

testSites(stack, [NEXT]);

/** Requests at once: enough that every worker of every replica sends some. */
const MANY = 60;

describe("a page that Next makes again when it is told to (ISR), over two replicas of two workers", () => {
  let next: ExampleStack;
  before(async () => {
    const image = await buildProject(stack, "next-isr", NEXT.module);
    next = await ExampleStack.start(stack, NEXT, { image, count: 2 });
  });
  after(async () => await next?.[Symbol.asyncDispose]());

  const page = async (): Promise<string> => {
    const response = await call(`${next.origin}/news`);
    assert.equal(response.status, 200, response.text);
    assert.match(header(response, "cache-control"), /s-maxage=3600/);
    return /News of [^<]+/.exec(response.text)?.[0] ?? response.text;
  };
  const pages = async () => new Set(await Promise.all(Array.from({ length: MANY }, page)));
  const revalidate = async () =>
    assert.equal((await call(`${next.origin}/revalidate`, { method: "POST" })).status, 204);
  /** How many workers of how many replicas have sent the page. */
  async function senders(): Promise<{ workers: number; replicas: number }> {
    const workers = [...(await next.servedBy("/news"))];
    const replicas = new Set(workers.map((each) => each.split(" ")[0]));
    return { workers: workers.length, replicas: replicas.size };
  }

  test("is the same from all workers of both, though it is made while they run", async () => {
    const first = await page();
    assert.deepEqual(await pages(), new Set([first]));
    assert.deepEqual(await senders(), { workers: 4, replicas: 2 });
  });

  test("is another one, from the edge and from all workers, as soon as revalidatePath has run in one", async () => {
    const outdated = await page();
    await revalidate();
    const fresh = await page();
    assert.notEqual(fresh, outdated);
    assert.deepEqual(await pages(), new Set([fresh]));
  });

  test("is outdated to no one of many who ask for it at once after that, and then the same to all", async () => {
    const outdated = await page();
    await revalidate();
    assert.ok(!(await pages()).has(outdated), "someone got the outdated page");
    const settled = await page();
    assert.deepEqual(await pages(), new Set([settled]));
  });

  test("is still that page from a replica that starts later, and not the one of the build", async () => {
    await revalidate();
    const fresh = await page();
    const [replica] = next.replicas;
    await replica?.restart({ t: 40 });
    const seen = new Set<string>();
    const sent = async () => {
      for (const each of await pages()) seen.add(each);
      return (await senders()).workers === 4;
    };
    await until("its new workers have sent some", sent, { within: 60_000 });
    assert.deepEqual(seen, new Set([fresh]));
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

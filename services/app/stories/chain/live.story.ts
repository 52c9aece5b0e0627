import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { get } from "node:http";
import { after, describe, test } from "node:test";
import { call, tails, tiers, until, useStack } from "@gatehouse/testing/chain";
import { Visitor } from "./visitor.ts";

const stack = await useStack();
const { http, https } = await stack.addresses();
const evidence = () => tails(stack, "web", "app", "db");

/** Enough that each worker of each replica serves some of them. */
const STREAMS = 16;

/** An open event stream, and everything that it has received. */
class Stream {
  text = "";
  #end: () => void = () => {};

  constructor() {
    const request = get(`${http}/events`, { agent: false }, (response) => {
      response.setEncoding("utf8").on("data", (text) => {
        this.text += text;
      });
    });
    request.on("error", () => {});
    this.#end = () => request.destroy();
  }

  end(): void {
    this.#end();
  }
}

const streams = Array.from({ length: STREAMS }, () => new Stream());
after(() => {
  for (const stream of streams) stream.end();
});
const allHave = (words: string) => async () => streams.every(({ text }) => text.includes(words));
const visitor = new Visitor(https);

describe("live updates", () => {
  test("reach the open pages of all workers of all replicas, unbuffered", async () => {
    await visitor.signUp();
    await until("all streams are open", allHave("retry:"), { within: 10_000, evidence });
    const title = `live ${randomUUID()}`;
    await visitor.post(title);
    await until("all pages receive it", allHave(title), { within: 5_000, evidence });
  });

  test("resume after a restart of the database, and pages learn that they missed some", async (t) => {
    const db = await stack.container("db");
    await db.restart({ t: 5 });
    const back = performance.now();
    const responds = async () => (await call(`${http}/api/notices`)).status === 200;
    await until("the site responds again", responds, { within: 30_000, evidence });
    t.diagnostic(
      `pages were served again ${(performance.now() - back).toFixed(0)} ms after the database`,
    );
    await until("all pages receive event: missed", allHave("event: missed"), {
      within: 30_000,
      evidence,
    });
    const title = `live again ${randomUUID()}`;
    await visitor.post(title);
    await until("all pages receive it", allHave(title), { within: 5_000, evidence });
  });
});

describe("while the database is stopped", () => {
  test("pages that need it are 503 with Retry-After, and the others are served", async () => {
    const db = await stack.container("db");
    await db.stop({ t: 5 });
    try {
      const needs = await call(`${http}/api/notices`);
      assert.equal(needs.status, 503);
      assert.equal(needs.headers["retry-after"], "5");
      for (const path of ["/chain", "/about", "/sign-in"]) {
        const response = await visitor.get(path);
        assert.equal(response.status, 200, path);
        assert.ok(tiers(response).includes("app"));
      }
    } finally {
      await db.start();
    }
    const responds = async () => (await call(`${http}/api/notices`)).status === 200;
    await until("the site responds again", responds, { within: 30_000, evidence });
  });
});

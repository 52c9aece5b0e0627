import assert from "node:assert/strict";
import { test } from "node:test";
import { createTestSite, unreachablePool } from "../testing/site.ts";

test("pages run no inline script and no inline style, and are framed by nobody", async () => {
  const { site } = createTestSite(await unreachablePool());
  for (const path of ["/nowhere", "/chain", "/sign-in"]) {
    const answer = await site.request(path);
    const policy = answer.headers.get("content-security-policy") ?? "";
    assert.match(policy, /default-src 'none'.*script-src 'self'; style-src 'self'/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.doesNotMatch(policy, /unsafe/);
    assert.equal(answer.headers.get("x-content-type-options"), "nosniff");
    assert.equal(answer.headers.get("strict-transport-security"), null);
    assert.doesNotMatch(
      await answer.text(),
      /<style|<script>|<script type="module">| style=| on\w+=/,
    );
  }
});

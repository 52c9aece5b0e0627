import assert from "node:assert/strict";
import { test } from "node:test";
import { released } from "./changelog.ts";

const HEAD = "# Changelog\n\nThe form.\n\n";
const OLDER = "## 1.0.0 (2026-01-01)\n\n### Added\n\n- All of it.\n";

test("what is unreleased becomes a version whose notes begin with what there is to do", () => {
  const text = `${HEAD}## Unreleased\n\n### Added\n\n- A thing.\n\n### What you have to do\n\nRename x.\n\n${OLDER}`;
  const { changelog, notes } = released(text, "1.1.0", "2026-11-28");
  assert.equal(notes, "### What you have to do\n\nRename x.\n\n### Added\n\n- A thing.\n");
  assert.equal(changelog, `${HEAD}## Unreleased\n\n## 1.1.0 (2026-11-28)\n\n${notes}\n${OLDER}`);
});

test("parts with one heading are one part of the version", () => {
  const text = `${HEAD}## Unreleased\n\n### Added\n\n- A.\n\n### What you have to do\n\nNothing.\n\n### Added\n\n- B.\n`;
  const { notes } = released(text, "1.1.0", "2026-11-28");
  assert.equal(notes, "### What you have to do\n\nNothing.\n\n### Added\n\n- A.\n\n- B.\n");
});

test("the first version has nothing after it", () => {
  const text = `${HEAD}## Unreleased\n\n### What you have to do\n\nNothing.\n`;
  const { changelog } = released(text, "1.0.0", "2026-11-28");
  assert.equal(
    changelog,
    `${HEAD}## Unreleased\n\n## 1.0.0 (2026-11-28)\n\n### What you have to do\n\nNothing.\n`,
  );
});

for (const [title, text, message] of [
  ["nothing unreleased", `${HEAD}## Unreleased\n\n${OLDER}`, /nothing is unreleased/],
  ["no place for it", HEAD + OLDER, /has no "## Unreleased"/],
  [
    "no word of what there is to do",
    `${HEAD}## Unreleased\n\n### Added\n\n- A.\n`,
    /needs a part "### What you have to do"/,
  ],
  [
    "an empty one",
    `${HEAD}## Unreleased\n\n### What you have to do\n\n### Added\n\n- A.\n`,
    /needs a part/,
  ],
] as const) {
  test(`a changelog with ${title} is refused`, () => {
    assert.throws(() => released(text, "1.1.0", "2026-11-28"), message);
  });
}

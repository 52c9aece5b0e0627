import type { Part } from "@gatehouse/testing/mutants";

/** What of this application must not break: `make mutate` changes it, and the tests have to fail. */
export const PARTS: readonly Part[] = [
  {
    name: "permissions",
    code: [
      "services/app/views/{access,comments,notice-forms,pictures}.ts",
      "services/app/middleware/security.ts",
    ],
    tests: [
      "services/app/middleware/*.test.ts",
      "services/app/views/*.test.ts",
      "services/app/*.test.ts",
    ],
  },
  {
    name: "sessions",
    code: [
      "services/app/models/{session,sign-in,attempt,device,password,user-name}.ts",
      "services/app/middleware/{cookies,visitor}.ts",
    ],
    tests: [
      "services/app/{models,middleware}/*.test.ts",
      "services/app/views/*.test.ts",
      "services/app/*.test.ts",
    ],
  },
];

const NO_MATCH = "The text it replaces stands for nothing: this one matches nothing either.";
const TYPES = "It is there for the types: this is never undefined.";

/** Why a mutant may survive. */
export const REASONS: ReadonlyMap<string, string> = new Map([
  ['services/app/models/password.ts: "" -> "Stryker was here!"', NO_MATCH],
  ['services/app/models/password.ts: [] -> ["Stryker was here"]', TYPES],
  ["services/app/models/password.ts: /=+$/ -> /=+/", "In base64, = stands at the end only."],
  ['services/app/middleware/cookies.ts: "" -> "Stryker was here!"', NO_MATCH],
  ['services/app/middleware/visitor.ts: "" -> "Stryker was here!"', NO_MATCH],

  ["services/app/views/notice-forms.ts: throw new HTTPException(404); -> ;", TYPES],
  ['services/app/views/notice-forms.ts: "" -> "Stryker was here!"', NO_MATCH],
]);

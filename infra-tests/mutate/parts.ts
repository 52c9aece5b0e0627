/** A part that must not break, and the tests that have to notice when it does. */
export interface Part {
  readonly name: string;
  /** Globs of the code that is changed. */
  readonly code: readonly string[];
  /** Globs of the tests that run for every change. */
  readonly tests: readonly string[];
  /**
   * Whether the tests start processes: coverage is counted in the test's own process only, so that
   * all tests of such a part run for each mutant.
   */
  readonly processes: boolean;
}

export const PARTS: readonly Part[] = [
  {
    name: "secrets",
    code: ["deploy/secrets/*.ts"],
    tests: ["deploy/secrets/*.test.ts", "deploy/checks/secrets.test.ts"],
    processes: false,
  },
  {
    name: "cache",
    code: ["services/web/cache/{key,vary,storable,freshness,cache-control,invalidation}.ts"],
    tests: ["services/web/cache/*.test.ts"],
    processes: false,
  },
];

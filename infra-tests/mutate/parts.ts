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
    name: "framing",
    code: [
      "packages/http/{request-guard,request-head,request-rules,request-target,authority,body}.ts",
      "services/web/replicas/{response-head,response-parser}.ts",
      "services/web/proxy/upstream-request.ts",
    ],
    tests: [
      "packages/http/*.test.ts",
      "services/web/*.test.ts",
      "services/web/proxy/*.test.ts",
      "services/web/replicas/*.test.ts",
    ],
    processes: false,
  },
  {
    name: "retries",
    code: ["services/web/proxy/{reverse-proxy,attempt}.ts", "services/web/replicas/circuit.ts"],
    tests: ["services/web/{proxy,replicas}/*.test.ts", "services/web/edge.test.ts"],
    processes: false,
  },
  {
    name: "cache",
    code: [
      "services/web/cache/{key,storable,freshness,validation,invalidation,lookup,hit-for-miss}.ts",
      "packages/http/{conditions,dates}.ts",
    ],
    tests: [
      "services/web/cache/*.test.ts",
      "packages/http/*.test.ts",
      "services/web/files/conditional.test.ts",
    ],
    processes: false,
  },
  {
    name: "permissions",
    code: [
      "services/app/views/{access,comments,notice-forms,pictures}.ts",
      "services/app/middleware/security.ts",
    ],
    tests: ["services/app/views/*.test.ts", "services/app/*.test.ts"],
    processes: false,
  },
  {
    name: "sessions",
    code: [
      "services/app/models/{session,sign-in,attempt,device,password,user-name}.ts",
      "services/app/middleware/{cookies,visitor}.ts",
    ],
    tests: [
      "services/app/models/*.test.ts",
      "services/app/views/*.test.ts",
      "services/app/*.test.ts",
    ],
    processes: false,
  },
  {
    name: "secrets",
    code: ["deploy/secrets/*.ts", "deploy/checks/secrets.ts"],
    tests: ["deploy/secrets/*.test.ts", "deploy/checks/*.test.ts"],
    processes: false,
  },
  {
    name: "drain",
    code: ["services/gateway/{primary/primary,pool/pool,control/signals,http/connections}.ts"],
    tests: [
      "services/gateway/{primary,http}/*.test.ts",
      "services/gateway/control/signals.process.ts",
      "services/gateway/primary/{drain,primary}.process.ts",
      "services/gateway/pool/pool.process.ts",
    ],
    processes: true,
  },
  {
    name: "hand-over",
    code: ["services/gateway/pool/handover.ts", "services/gateway/primary/listener.ts"],
    tests: [
      "services/gateway/pool/handover.test.ts",
      "services/gateway/primary/listener.test.ts",
      "services/gateway/pool/pool.process.ts",
    ],
    processes: true,
  },
];

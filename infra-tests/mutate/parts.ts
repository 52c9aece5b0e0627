import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

/** A part that must not break, and the tests that have to notice when it does. */
export interface Part {
  readonly name: string;
  /** Globs of the code that is changed. */
  readonly code: readonly string[];
  /** Globs of the tests; those whose file reaches a change run for it. */
  readonly tests: readonly string[];
}

/** What `mutants.ts` among the stories of an application exports. */
export interface ApplicationMutants {
  readonly PARTS: readonly Part[];
  /** Why a mutant may survive: see reasons.ts. */
  readonly REASONS: ReadonlyMap<string, string>;
}

const file = join(import.meta.dirname, "../../services/app/stories/mutants.ts");

/** The parts of the application, and the reasons of their mutants; none if it names none. */
export const application: ApplicationMutants = existsSync(file)
  ? await import(pathToFileURL(file).href)
  : { PARTS: [], REASONS: new Map() };

export const PARTS: readonly Part[] = [
  ...application.PARTS,
  {
    name: "framing",
    code: [
      "packages/http/{request-guard,request-head,request-rules,request-target,authority,body}.ts",
      "services/web/replicas/{response-head,response-parser}.ts",
      "services/web/proxy/upstream-request.ts",
      "services/web/http1/{request-head,request-parser,response,connection}.ts",
    ],
    tests: [
      "packages/http/*.test.ts",
      "services/web/http1/*.test.ts",
      "services/web/*.test.ts",
      "services/web/proxy/*.test.ts",
      "services/web/replicas/*.test.ts",
      "services/web/strict-http.process.ts",
      "services/gateway/http/strict-http.process.ts",
    ],
  },
  {
    name: "retries",
    code: [
      "services/web/proxy/{reverse-proxy,attempt,suspects,retry-rules}.ts",
      "services/web/replicas/circuit.ts",
    ],
    tests: ["services/web/{proxy,replicas}/*.test.ts", "services/web/edge.test.ts"],
  },
  {
    name: "cache",
    code: [
      "services/web/cache/{key,storable,freshness,targeted,validation,invalidation,lookup,leader,waiters,hit-for-miss}.ts",
      "packages/http/{conditions,dates}.ts",
    ],
    tests: [
      "services/web/cache/*.test.ts",
      "packages/http/*.test.ts",
      "services/web/files/conditional.test.ts",
    ],
  },
  {
    name: "secrets",
    code: ["deploy/secrets/*.ts", "deploy/checks/secrets.ts"],
    tests: ["deploy/secrets/*.test.ts", "deploy/checks/*.test.ts"],
  },
  {
    name: "drain",
    code: ["services/gateway/{primary/primary,pool/pool,control/signals,http/connections}.ts"],
    tests: [
      "services/gateway/http/connections.test.ts",
      "services/gateway/control/signals.process.ts",
      "services/gateway/primary/{start,primary,drain}.process.ts",
      "services/gateway/pool/{pool,retiring}.process.ts",
      "services/gateway/hooks/hooks.process.ts",
    ],
  },
  {
    name: "hand-over",
    code: ["services/gateway/pool/handover.ts", "services/gateway/primary/listener.ts"],
    tests: ["services/gateway/pool/handover.test.ts", "services/gateway/primary/listener.test.ts"],
  },
];

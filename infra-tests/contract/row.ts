import type { Subject, SubjectKind } from "./subject.ts";

/** One sentence of the contract, and its check. */
export interface Row {
  /** Unique within its topic. */
  readonly id: string;
  readonly says: string;
  /** RFC and section, or "" if the sentence is the project's own. */
  readonly rfc: string;
  readonly at: readonly SubjectKind[];
  /** Whether `make test` checks it too, not only `make contract`. */
  readonly quick: boolean;
  /** @throws if the subject does not keep it */
  check(subject: Subject): Promise<void>;
}

/** The rows of a topic. */
export interface Topic {
  readonly name: string;
  readonly rows: readonly Row[];
}

type Check = (subject: Subject) => Promise<void>;

/** A row for the edges, part of the quick run. */
export function edge(id: string, rfc: string, says: string, check: Check): Row {
  return { id, says, rfc, at: ["edge"], quick: true, check };
}

/** A row for the edges, the gateway and the chain: it needs no witness. */
export function everywhere(id: string, rfc: string, says: string, check: Check): Row {
  return { id, says, rfc, at: ["edge", "gateway", "chain"], quick: true, check };
}

/** A row for the edges and the chain. */
export function through(id: string, rfc: string, says: string, check: Check): Row {
  return { id, says, rfc, at: ["edge", "chain"], quick: true, check };
}

/** Takes a row out of the quick run: it takes seconds or breaks things. */
export function slow(row: Row): Row {
  return { ...row, quick: false };
}

/** The name of a row in the matrix and in deviations.ts. */
export function nameOf(topic: Topic, row: Row): string {
  return `${topic.name}/${row.id}`;
}

/**
 * A subject rejected what it must reject, and the application received nothing, but the status is not
 * that of the contract.
 */
export class OtherStatus extends Error {
  override readonly name = "OtherStatus";
}

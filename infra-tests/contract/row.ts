import type { Subject } from "./subject.ts";

/** Where in the chain a subject stands: an edge before the witness, the gateway alone, the whole. */
export type Place = "edge" | "gateway" | "chain";

/** One sentence of the contract, and how it is checked. */
export interface Row {
  /** Unique within its topic. */
  readonly id: string;
  readonly says: string;
  /** RFC and section, or "" where the sentence is the project's own. */
  readonly rfc: string;
  readonly at: readonly Place[];
  /** Whether `make test` checks it too, or `make contract` alone. */
  readonly quick: boolean;
  /** @throws when the subject does not keep it */
  check(subject: Subject): Promise<void>;
}

/** The rows of one subject matter. */
export interface Topic {
  readonly name: string;
  readonly rows: readonly Row[];
}

type Check = (subject: Subject) => Promise<void>;

/** A row for the edges alone, part of the quick check. */
export function edge(id: string, rfc: string, says: string, check: Check): Row {
  return { id, says, rfc, at: ["edge"], quick: true, check };
}

/** A row that needs no witness: it holds for the edges, the gateway and the whole chain. */
export function everywhere(id: string, rfc: string, says: string, check: Check): Row {
  return { id, says, rfc, at: ["edge", "gateway", "chain"], quick: true, check };
}

/** The same for all but the gateway, whose part it is not. */
export function through(id: string, rfc: string, says: string, check: Check): Row {
  return { id, says, rfc, at: ["edge", "chain"], quick: true, check };
}

/** A row that takes seconds or breaks things: not part of the quick check. */
export function slow(row: Row): Row {
  return { ...row, quick: false };
}

/** The name of a row in the matrix and in the table of what is owed. */
export function nameOf(topic: Topic, row: Row): string {
  return `${topic.name}/${row.id}`;
}

/**
 * A subject refused what had to be refused, with the application none the wiser, but with another
 * status than the contract says. A subject may owe that where anything worse is never excused.
 */
export class OtherStatus extends Error {
  override readonly name = "OtherStatus";
}

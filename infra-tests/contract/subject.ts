import type { Edge, Stack } from "../stack/stack.ts";
import { Witness } from "./witness.ts";

/** What a subject is: an edge in front of a witness, the gateway alone, or the whole chain. */
export type SubjectKind = "edge" | "gateway" | "chain";

export type SubjectName = "web" | "nginx" | "gateway" | "chain";

/** What the contract is held against: a column of the matrix. */
export interface Subject {
  readonly name: SubjectName;
  readonly kind: SubjectKind;
  /** The web server that it has, if it has one. */
  readonly edge: Edge;
  /** Origins without a slash at the end; the gateway's HTTPS is an empty word, since it has none. */
  readonly http: string;
  readonly https: string;
  readonly stack: Stack;
  readonly witness: Witness;
}

/** The kind of each subject. */
export const SUBJECTS = {
  web: "edge",
  nginx: "edge",
  gateway: "gateway",
  chain: "chain",
} as const satisfies Record<SubjectName, SubjectKind>;

/** A subject on a stack that runs. */
export async function subjectOn(stack: Stack, name: SubjectName): Promise<Subject> {
  const edge: Edge = name === "nginx" ? "nginx" : "web";
  const common = { name, edge, kind: SUBJECTS[name], stack, witness: new Witness(stack) };
  if (name !== "gateway") return { ...common, ...(await stack.addresses()) };
  const [replica] = await stack.containers("app");
  const address = await stack.addressOn("back", replica?.Id ?? "");
  return { ...common, http: `http://${address}:8000`, https: "" };
}

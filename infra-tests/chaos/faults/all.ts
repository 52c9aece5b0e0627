import type { Fault } from "../fault.ts";
import { clocks } from "./clocks.ts";
import { database } from "./database.ts";
import { edge } from "./edge.ts";
import { limits } from "./limits.ts";
import { names } from "./names.ts";
import { networks } from "./networks.ts";
import { replicas } from "./replicas.ts";
import { workers } from "./workers.ts";

/** The same load without a fault: what it misses says nothing about a fault. */
export const CONTROL: Fault = {
  name: "control",
  title: "Nothing breaks",
  symptom: "None.",
  survives: "All.",
  todo: "Nothing.",
  seconds: 6,
  bars: { recovers: 0, slowest: 1500 },
  evidence: async () => async () => "nothing breaks",
  begin: async () => {},
};

/** In the order in which they run: the next one begins when the stack is whole again. */
export const FAULTS: readonly Fault[] = [
  ...workers,
  ...replicas,
  ...networks,
  ...names,
  ...clocks,
  ...database,
  ...limits,
  ...edge,
];

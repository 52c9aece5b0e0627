export { type EnsureOptions, ensureBaseImages } from "./ensure.ts";
export { findImage, type Image, megabytes } from "./image.ts";
export { registryAnswers } from "./registry.ts";
export { STAND_IN_NAMES, STAND_INS, type StandIn, type StandInName } from "./stand-ins.ts";

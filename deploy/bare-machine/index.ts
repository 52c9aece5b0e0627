/**
 * The only entry to this folder. Where Docker and an image registry are at hand, `ensureEngine` finds
 * nothing to do and no stand-in image is made.
 */
export { packageArchiveResponds } from "./base-images/debian.ts";
export { ensureStandIns } from "./base-images/ensure.ts";
export { type StandInName, standInTag } from "./base-images/stand-ins.ts";
export { ensureEngine, examineEngine } from "./engine/ensure.ts";

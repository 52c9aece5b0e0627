export { installPackages } from "./apt.ts";
export { type AptSource, findArchive, readAptSources } from "./apt-sources.ts";
export { ensureEngine } from "./ensure.ts";
export { engineFault, type Fault } from "./fault.ts";
export { type Distribution, type Host, readHost } from "./host.ts";
export { installEngine } from "./install.ts";
export { isOlder, MINIMUMS, PARTS, type Part } from "./minimums.ts";
export { type EngineState, inspectEngine } from "./state.ts";

/**
 * Preloaded (`node --require`) into the process whose main module is the application. It holds the main
 * module back until the worker's own code has been loaded. With `--import`, Node would load the main
 * module by its ECMAScript loader, which hooks of `require` do not reach: ts-node's, swc-node's, Babel's.
 * Those would compile this file too, if it were TypeScript.
 */
const Module = require("node:module");
const { isMainThread } = require("node:worker_threads");

const launch = isMainThread ? process.env.GATEHOUSE_WORKER : undefined;
if (launch !== undefined) {
  const { runMain } = Module;
  Module.runMain = (...main) => {
    Module.runMain = runMain;
    // Not in a promise: what the main module throws is an uncaught exception, and no rejection.
    const load = () => process.nextTick(() => Reflect.apply(runMain, Module, main));
    import(JSON.parse(launch).code).then(load);
  };
}

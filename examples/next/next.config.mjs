/** Next with everything that it needs in one folder: serve .next/standalone/server.js. */
export default { output: "standalone" };

import { makeCertificates } from "./certificates.ts";
import { componentsOf, keep } from "./components.ts";
import { serveNames } from "./names.ts";
import { importPause } from "./pause.ts";
import { ownAddress, prepareSandbox } from "./sandbox.ts";

// A cluster of one node, in one container: it needs to be privileged, and ends with the container.
const address = ownAddress();
prepareSandbox(address);
makeCertificates(address);
process.once("SIGTERM", () => process.exit(0));
await Promise.all([
  ...Object.entries(componentsOf(address)).map(([name, args]) => keep(name, args)),
  serveNames(address),
  importPause(),
]);

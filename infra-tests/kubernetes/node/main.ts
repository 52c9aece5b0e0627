import { makeCertificates } from "./certificates.ts";
import { componentsOf, keep } from "./components.ts";
import { ownIdentity } from "./identity.ts";
import { serveNames } from "./names.ts";
import { importPause } from "./pause.ts";
import { prepareSandbox } from "./sandbox.ts";

// A node of a cluster in one container: it needs to be privileged, and ends with the container. The first
// has the control plane too; the others find its certificates in the volume that they share.
const identity = ownIdentity();
prepareSandbox(identity);
process.once("SIGTERM", () => process.exit(0));
const isFirst = identity.index === 1;
if (isFirst) makeCertificates(identity.address);
await Promise.all([
  ...Object.entries(componentsOf(identity)).map(([name, args]) => keep(name, args)),
  importPause(),
  ...(isFirst ? [serveNames(identity.address)] : []),
]);

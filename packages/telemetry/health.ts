/**
 * A container's health check: `node health.ts SOCKET` requests /readyz on the service's own Unix
 * socket, since two edges can share one network namespace and its ports.
 */
import { request } from "node:http";

const [socketPath] = process.argv.slice(2);
const deadline = AbortSignal.timeout(3000);

request({ socketPath, path: "/readyz", signal: deadline }, (response) => {
  response.pipe(process.stdout);
  process.exitCode = response.statusCode === 200 ? 0 : 1;
})
  .on("error", (error) => {
    process.stdout.write(`${error.message}\n`);
    process.exitCode = 1;
  })
  .end();

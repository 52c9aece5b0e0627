/**
 * A container's health check: `node health.ts SOCKET` asks /readyz on the service's own Unix
 * socket, so that two edges in one network namespace cannot answer for each other.
 */
import { request } from "node:http";

const [socketPath] = process.argv.slice(2);
const deadline = AbortSignal.timeout(3000);

request({ socketPath, path: "/readyz", signal: deadline }, (answer) => {
  answer.pipe(process.stdout);
  process.exitCode = answer.statusCode === 200 ? 0 : 1;
})
  .on("error", (error) => {
    process.stdout.write(`${error.message}\n`);
    process.exitCode = 1;
  })
  .end();

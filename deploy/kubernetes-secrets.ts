import { openClone } from "./clone.ts";
import { secretsOf } from "./kubernetes/secrets.ts";
import { Problem, runCommand } from "./problem.ts";
import { certificateNames } from "./secrets/certificate.ts";

// `make kubernetes-secrets | kubectl apply -f -`
await runCommand(async () => {
  if (process.stdout.isTTY) {
    throw new Problem("this prints secrets: pipe it, as into kubectl apply -f -");
  }
  process.stdout.write(await secretsOf(openClone(), certificateNames("127.0.0.1")));
});

import { runBench } from "./command.ts";

/**
 * `make bench [CHAINS=ours,pm2] [PAGES=plain,json] [ROUNDS=5] [DURATION=4] [LOGS=on|off|both] [WORKERS=4]`
 * compares whole chains in containers, in turn. DURATION is in seconds.
 */
await runBench();

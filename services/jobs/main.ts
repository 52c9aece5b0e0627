import { followSignals } from "@gatehouse/processes";
import { printConfig, readSettings, refuseStart, variablesOf } from "@gatehouse/settings";
import { createLogger } from "@gatehouse/telemetry";
import { checkJobs } from "./check.ts";
import { Jobs } from "./jobs.ts";
import { jobsSettings } from "./settings.ts";

const OPTIONS = ["--print-config", "--check-config"];
const words = process.argv.slice(2);
const option = OPTIONS.find((each) => words.includes(each));
// The application may have variables that begin with JOBS_ too.
const names = variablesOf(jobsSettings);
const own = Object.entries(process.env).filter(([name]) => names.includes(name));
const others = Object.entries(process.env).filter(([name]) => !names.includes(name));
try {
  const flags = words.filter((word) => word !== option);
  const reading = readSettings(jobsSettings, Object.fromEntries(own), flags);
  if (option === "--print-config") process.stdout.write(printConfig(jobsSettings, reading));
  else if (option === "--check-config") console.log(await checkJobs(reading.values));
  else {
    const logger = createLogger("jobs", {});
    const jobs = await Jobs.start(reading.values, Object.fromEntries(others), logger);
    followSignals({ SIGTERM: () => jobs.drain(), SIGINT: () => jobs.quit() }, jobs, logger);
  }
} catch (error) {
  refuseStart(error);
}

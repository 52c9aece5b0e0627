import { openClone } from "./clone.ts";
import { readEnvironment, valuesOf } from "./env/environment.ts";
import { chooseObserveImages } from "./observe/images.ts";
import { Observers } from "./observe/observers.ts";
import { Problem, runCommand } from "./problem.ts";

/**
 * `node deploy/observe.ts` starts Prometheus and Alertmanager; `down` removes them; `images` makes what is
 * missing of their images, and prints the names.
 */
await runCommand(async () => {
  const [verb = "up"] = process.argv.slice(2);
  const clone = openClone();
  const environment = await readEnvironment(clone);
  const observers = new Observers(clone, environment);
  const say = (line: string): void => void process.stdout.write(`      ${line}\n`);
  if (verb === "down") return await observers.stop(process.env.VOLUMES === "1");
  if (verb === "images") {
    const images = Object.entries(await chooseObserveImages(observers.settings, say));
    return void process.stdout.write(images.map(([name, image]) => `${name}=${image}\n`).join(""));
  }
  if (verb !== "up") throw new Problem(`there is no ${verb}: use up, down or images`);
  await observers.start(say);
  const { prometheusPort, alertmanagerPort } = observers.settings;
  process.stdout.write(`
  The panels:    http://127.0.0.1:${prometheusPort}/user/
  Prometheus:    http://127.0.0.1:${prometheusPort}/
  Alertmanager:  http://127.0.0.1:${alertmanagerPort}/

  docs/watching.md says what they show, and what to do at an alert. make unobserve removes them.
`);
  if (valuesOf(environment).edge === "nginx") {
    process.stdout.write(
      "  The edge is nginx, which has no metrics: only the gateways are watched.\n",
    );
  }
});

import { Problem } from "../problem.ts";
import { isOther, servicesOf } from "../stack/accessories.ts";
import { compose, type Stack } from "../stack/compose.ts";
import { ofService, type Plan } from "./plan.ts";

/** The operator's own services beside the known ones, such as accessories, that do not run as they should. */
export async function otherServices(
  stack: Stack,
  { same, changed }: Plan,
): Promise<{ readonly added: string[]; readonly changed: string[] }> {
  const services = await servicesOf(stack);
  const due = services.filter(
    (service) => isOther(service) && ofService(same, service).length === 0,
  );
  const exists = (service: string) => ofService(changed, service).length > 0;
  return { added: due.filter((each) => !exists(each)), changed: due.filter(exists) };
}

/**
 * Has Compose start services that a release needs.
 * @param args of `docker compose up`
 * @throws Problem if one cannot be started
 */
export async function startNeeded(
  stack: Stack,
  services: readonly string[],
  ...args: string[]
): Promise<void> {
  const up = ["up", "--detach", "--no-build", ...args, ...services];
  const { code, output } = await compose(stack, up);
  if (code !== 0) throw new Problem(`${services.join(", ")} cannot be started: ${output.trim()}`);
}

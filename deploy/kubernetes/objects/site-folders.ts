import { readSettings } from "@gatehouse/settings";
import { webSettings } from "../../../services/web/settings.ts";
import { site } from "../../../services/web/site.ts";
import { type Model, serviceOf } from "../../compose-model.ts";
import { Problem } from "../../problem.ts";

/**
 * Every folder that the site serves files of must be a volume of the edge: in a pod nothing else is there.
 * @throws Problem that names the folder
 */
export function requireSiteFolders(model: Model, siteOf: typeof site = site): void {
  const { files, internal } = siteOf(readSettings(webSettings, {}, []).values);
  const mounted = (serviceOf(model, "web").volumes ?? []).map(({ target }) => target);
  for (const { prefix, folder } of [...files, ...internal]) {
    if (mounted.includes(folder)) continue;
    throw new Problem(
      `services/web/site.ts serves ${prefix} from ${folder}, which is no volume of web in compose.yaml: ` +
        "an edge in a pod has no such folder",
    );
  }
}

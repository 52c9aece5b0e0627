import { Deployment } from "kubernetes-models/apps/v1/Deployment";
import { type Model, serviceOf } from "../../compose-model.ts";
import { metadata, podsOf } from "./labels.ts";
import { podOf } from "./pod.ts";
import { commandProbes } from "./probes.ts";

/** The container of background jobs: one, so that a scheduled time has one run. The old one ends first. */
export function jobsOf(model: Model): Deployment {
  return new Deployment({
    metadata: metadata("jobs", "rollout"),
    spec: {
      replicas: 1,
      selector: podsOf("jobs"),
      strategy: { type: "Recreate" },
      revisionHistoryLimit: 5,
      template: podOf(model, "jobs", {
        claims: ["media", "jobs"],
        container: { ...commandProbes(serviceOf(model, "jobs")) },
      }),
    },
  });
}

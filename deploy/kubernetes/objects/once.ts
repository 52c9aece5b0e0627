import { Job } from "kubernetes-models/batch/v1/Job";
import { type Model, ONE_SHOTS } from "../../compose-model.ts";
import { metadata } from "./labels.ts";
import { podOf } from "./pod.ts";

/** Seconds after which a Job counts as failed, whatever it does. */
const LONGEST = 3600;
/** Seconds that a Job and its log stay. */
const KEPT = 7 * 24 * 3600;

/**
 * The one-shots of Compose. There is one Job of each name, and its pod cannot be changed: of two
 * releases that are rolled out at once, the second is refused while the first one's Job runs.
 */
export function oneShotsOf(model: Model): Job[] {
  return ONE_SHOTS.map(
    (name) =>
      new Job({
        metadata: metadata(name, "before"),
        spec: {
          parallelism: 1,
          completions: 1,
          backoffLimit: 3,
          activeDeadlineSeconds: LONGEST,
          ttlSecondsAfterFinished: KEPT,
          // A pod whose end is not yet known may still migrate: no second one beside it.
          podReplacementPolicy: "Failed",
          template: podOf(model, name, {
            restartPolicy: "Never",
            ...(name === "assets" ? { claims: ["assets"] } : {}),
          }),
        },
      }),
  );
}

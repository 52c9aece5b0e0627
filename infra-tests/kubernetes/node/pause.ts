import { execFile } from "node:child_process";
import { setTimeout as pause } from "node:timers/promises";
import { promisify } from "node:util";

const IMPORT = ["--namespace", "k8s.io", "images", "import", "/opt/kubernetes/pause.tar"];

/** Gives containerd the image of the pods' first process, as soon as it listens. */
export async function importPause(): Promise<void> {
  for (;;) {
    try {
      await promisify(execFile)("ctr", IMPORT);
      return;
    } catch {
      await pause(200);
    }
  }
}
